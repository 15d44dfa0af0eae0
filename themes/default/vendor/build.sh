#!/bin/sh
# Rebuilds ../static/echarts.js and ../static/lexer.js from the locked packages: two classic scripts, no eval, no modules.
set -eu
cd "$(dirname "$0")"
[ -d node_modules ] || npm ci --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund

version() { node -p "require('./node_modules/$1/package.json').version"; }

# Licences ask that their notice travels with the code, so each bundle begins with them.
banner() {
  case $1 in
    echarts)
      echo "/*! Apache ECharts $(version echarts), https://echarts.apache.org, Apache-2.0; with zrender $(version zrender) and d3.js, BSD-3-Clause; tslib, 0BSD."
      sed -n '/Licensed to the Apache/,/under the License\./s/^\* \{0,1\}//p' node_modules/echarts/dist/echarts.min.js | sed -n '1,17p'
      echo; cat node_modules/echarts/NOTICE; echo; echo; echo "zrender:"; cat node_modules/zrender/LICENSE
      echo; echo "d3.js:"; cat node_modules/echarts/licenses/LICENSE-d3; echo "*/" ;;
    lexer)
      echo "/*! highlight.js $(version highlight.js), https://highlightjs.org"; cat node_modules/highlight.js/LICENSE; echo "*/" ;;
  esac
}

bundle() {
  node_modules/.bin/esbuild "$1-entry.js" --bundle --minify --format=iife --target=es2022 --charset=ascii \
    --define:process.env.NODE_ENV='"production"' --legal-comments=none --banner:js="$(banner "$1")" \
    --log-level=warning --outfile="../static/$1.js"
  wc -c "../static/$1.js"
}
bundle echarts
bundle lexer
