// highlight.js as a lexer only: text in, token ranges out. It builds no HTML: our emitter notes where a scope begins and
// ends, and source.js paints the ranges with the CSS Custom Highlight API.
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import clojure from "highlight.js/lib/languages/clojure";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import dart from "highlight.js/lib/languages/dart";
import elixir from "highlight.js/lib/languages/elixir";
import erlang from "highlight.js/lib/languages/erlang";
import fortran from "highlight.js/lib/languages/fortran";
import fsharp from "highlight.js/lib/languages/fsharp";
import go from "highlight.js/lib/languages/go";
import groovy from "highlight.js/lib/languages/groovy";
import haskell from "highlight.js/lib/languages/haskell";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import julia from "highlight.js/lib/languages/julia";
import kotlin from "highlight.js/lib/languages/kotlin";
import lua from "highlight.js/lib/languages/lua";
import objectivec from "highlight.js/lib/languages/objectivec";
import perl from "highlight.js/lib/languages/perl";
import php from "highlight.js/lib/languages/php";
import powershell from "highlight.js/lib/languages/powershell";
import python from "highlight.js/lib/languages/python";
import r from "highlight.js/lib/languages/r";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import scala from "highlight.js/lib/languages/scala";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import vbnet from "highlight.js/lib/languages/vbnet";
import verilog from "highlight.js/lib/languages/verilog";
import xml from "highlight.js/lib/languages/xml";

const languages = {
  bash, c, clojure, cpp, csharp, dart, elixir, erlang, fortran, fsharp, go, groovy, haskell, java, javascript, julia,
  kotlin, lua, objectivec, perl, php, powershell, python, r, ruby, rust, scala, sql, swift, typescript, vbnet, verilog, xml,
};
for (const [name, grammar] of Object.entries(languages)) hljs.registerLanguage(name, grammar);

// Four quiet classes; anything else keeps the colour of text, since coverage is the subject of the page.
const CLASSES = {
  keyword: "kw", literal: "kw", built_in: "kw", type: "kw", "variable.language": "kw", "selector-tag": "kw", tag: "kw",
  string: "str", regexp: "str", char: "str", "char.escape": "str", symbol: "str", link: "str", "meta.string": "str",
  comment: "com", doctag: "com", quote: "com", meta: "com",
  title: "def", "title.function": "def", "title.class": "def", "title.class.inherited": "def", section: "def", name: "def", attr: "def", attribute: "def",
};

// The emitter that highlight.js calls in place of its HTML tree. Tokens: [start, end, class, …], flat, in order.
class Ranges {
  constructor() {
    this.at = 0;
    this.scopes = [];
    this.tokens = [];
  }
  addText(text) {
    const start = this.at;
    this.at += text.length;
    const name = this.scopes.at(-1);
    if (!name || !text) return;
    const tokens = this.tokens;
    if (tokens.at(-2) === start && tokens.at(-1) === name) tokens[tokens.length - 2] = this.at;
    else tokens.push(start, this.at, name);
  }
  startScope(scope) {
    // Parts without a class of their own, such as parameters or f-string holes, are plain text again.
    this.scopes.push(CLASSES[scope]);
  }
  endScope() {
    this.scopes.pop();
  }
  openNode(scope) {
    this.startScope(scope);
  }
  closeNode() {
    this.endScope();
  }
  __addSublanguage(other) {
    for (let i = 0; i < other.tokens.length; i += 3) {
      this.tokens.push(other.tokens[i] + this.at, other.tokens[i + 1] + this.at, other.tokens[i + 2]);
    }
    this.at += other.at;
  }
  finalize() {}
  toHTML() {
    return "";
  }
}
hljs.configure({ __emitter: Ranges });

/** Tokens of `text` in `language`: a flat array of start, end, class; empty when the language is not known. */
const tokens = (text, language) => {
  if (!hljs.getLanguage(language)) return [];
  return hljs.highlight(text, { language, ignoreIllegals: true })._emitter.tokens;
};

(globalThis.covatlas ??= {}).lexer = { tokens };
