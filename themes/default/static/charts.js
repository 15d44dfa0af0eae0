"use strict";
// Mounts the charts of a page: ECharts and the data come late, when a figure nears the window. The option skeleton is made
// in Rust; here it gets the data (columns to points), the theme's colours, our formatters and the house rules: hatching
// only for what is not covered, strokes before colours, labels at the end of lines. Figure markup and data: ../README.md.
(() => {
  const { all, count, data, day, el, href, say, script, tenth } = covatlas;
  const echarts = new URL(document.currentScript.dataset.echarts ?? "echarts.js", location.href).href;
  const MANY = 120, SAMPLED = 500;

  // ---------- colours ----------
  // light-dark() resolves only in a real property, so each token is read through an element's colour.
  const probe = el("span", { hidden: true });
  // System colours would make every line of a chart the same.
  probe.style.forcedColorAdjust = "none";
  document.body.append(probe);
  function token(name) {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  }
  const LEVELS = [[50, "h1"], [70, "h2"], [80, "h3"], [90, "h4"], [95, "h5"], [100, "h6"], [Infinity, "h7"]];
  const level = percent => token(LEVELS.find(([below]) => percent < below)[1]);
  const hatch = () => ({ symbol: "rect", symbolSize: 1, dashArrayX: [1, 0], dashArrayY: [1.5, 3.5], rotation: -Math.PI / 4, color: token("gap") });
  const font = () => getComputedStyle(document.body).fontFamily;

  // ---------- formatters that an option may name ----------
  const write = {
    percent: value => `${tenth(value)}%`,
    tick: value => `${Number.isInteger(value) ? value : tenth(value)}%`,
    count: value => count(Math.round(value)).replace("-", "−"),
    points: value => Math.abs(value) < 0.05 ? "same" : `${value > 0 ? "▲" : "▼"} ${tenth(Math.abs(value))}`,
  };
  /** More lines than have room for labels of two rows at their ends. */
  const isMany = file => Object.keys(file.series ?? {}).filter(id => file.format?.[id] !== "count").length > 2;
  const formatOf = (file, id) => write[file.format?.[id]] ?? write.percent;
  function named(name, file) {
    const value = run => raw => run(+(raw?.value ?? raw));
    return {
      percent: value(write.percent), tick: value(write.tick), count: value(write.count), points: value(write.points),
      commit: index => file.commits?.short[+index] ?? "",
      month: (index, at) => monthStarts(file).get(+(at ?? index)) ?? "",
      end: params => endLabel(file, params),
      tip: params => tip(file, params),
      hatch: hatch(),
    }[name];
  }
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  /** Month names by the index of their first commit. */
  function monthStarts(file) {
    const starts = new Map();
    let last = "";
    file.commits.date.forEach((date, i) => {
      const month = String(date).slice(0, 7);
      if (month !== last) starts.set(i, `${MONTHS[+month.slice(5) - 1] ?? month}${!last || month.endsWith("-01") ? ` ${month.slice(0, 4)}` : ""}`);
      last = month;
    });
    return starts;
  }
  const STYLES = { lines: ["cov", "solid", "●"], branches: ["ink", "dashed", "■"], functions: ["part-ink", "dotted", "▲"], uncovered: ["gap", "solid", "▨"] };
  const OTHERS = [["ink2", "solid", "◆"], ["cov-ink", [8, 3, 2, 3], "○"], ["part-ink", [2, 2], "□"], ["edge", "solid", "△"]];
  const strokeOf = (id, at) => STYLES[id] ?? OTHERS[at % OTHERS.length];
  function endLabel(file, { seriesId, seriesName, seriesIndex, value }) {
    const number = Array.isArray(value) ? value.at(-1) : value;
    const text = formatOf(file, seriesId)(number), mark = strokeOf(seriesId, seriesIndex)[2];
    return isMany(file) && formatOf(file, seriesId) !== write.count ? `{w|${text}} ${mark} ${seriesName}` : `{v|${text}}\n${mark} ${seriesName}`;
  }

  // ---------- tooltips: elements, so that no text of a report is ever parsed ----------
  function tip(file, params) {
    const list = [params].flat(), at = list[0]?.dataIndex;
    const place = list[0]?.data?.place;
    if (place) return el("div", { class: "tip" }, el("b", {}, place.name), el("div", {}, place.text));
    const { short, date, subject } = file.commits;
    return el("div", { class: "tip" },
      el("b", {}, subject?.[at] ?? short[at]), el("div", { class: "mute" }, `${short[at]}, ${day(date[at])}`),
      el("dl", {}, ...list.filter(p => valueOf(p) != null).flatMap(p => [
        el("dt", {}, `${strokeOf(p.seriesId, p.seriesIndex)[2]} ${p.seriesName}`),
        el("dd", {}, formatOf(file, p.seriesId)(valueOf(p)) + (isCarried(file, p.seriesId, at) ? " carried" : "")),
      ])));
  }
  const valueOf = ({ value }) => Array.isArray(value) ? value.at(-1) : value;
  const isCarried = (file, id, at) => file.carried?.[id]?.includes(at) ?? false;
  const sentence = (file, at) => [
    `${file.commits.short[at]}, ${day(file.commits.date[at])}`,
    ...Object.entries(file.series).filter(([, values]) => values[at] != null).map(([id, values]) => `${id} ${formatOf(file, id)(values[at])}${isCarried(file, id, at) ? ", carried" : ""}`),
  ].join("; ");

  // ---------- the skeleton ----------
  /** A copy of the skeleton with tokens and names resolved, and what charming writes amiss put right. */
  function resolve(value, file) {
    if (typeof value === "string") {
      const colour = /^var\(--([\w-]+)\)$/.exec(value);
      if (colour) return token(colour[1]);
      return value.startsWith("@") ? named(value.slice(1), file) : value;
    }
    if (Array.isArray(value)) return value.map(item => resolve(item, file));
    if (value === null || typeof value !== "object") return value;
    const out = {};
    for (const [key, item] of Object.entries(value)) {
      // An empty list of decals stops ECharts 5 and 6.
      if (key === "decals" && Array.isArray(item) && !item.length) continue;
      const made = resolve(item, file);
      if (made !== undefined) out[key === "outRange" ? "outOfRange" : key] = made;
    }
    return out;
  }
  const isObject = value => value !== null && typeof value === "object" && !Array.isArray(value);
  /** `over` laid over `under`, objects merged, anything else replaced. */
  function merge(under, over) {
    if (!isObject(under) || !isObject(over)) return over === undefined ? under : over;
    const out = { ...under };
    for (const [key, value] of Object.entries(over)) out[key] = merge(under[key], value);
    return out;
  }
  const list = value => value === undefined ? [] : Array.isArray(value) ? value : [value];

  const common = () => ({
    animation: false, aria: { enabled: false }, textStyle: { fontFamily: font(), color: token("ink") }, backgroundColor: "transparent",
    tooltip: {
      confine: true, transitionDuration: 0, backgroundColor: token("sheet"), borderColor: token("edge"), borderWidth: 1, padding: [8, 12],
      textStyle: { color: token("ink"), fontSize: 12 }, extraCssText: "box-shadow:none;border-radius:6px",
      axisPointer: { lineStyle: { color: token("edge"), type: "solid" }, label: { show: false } },
    },
  });
  const axis = () => ({
    axisLabel: { color: token("ink2"), fontSize: 11 }, nameTextStyle: { color: token("ink2"), fontSize: 11 },
    axisLine: { lineStyle: { color: token("edge") } }, axisTick: { show: false }, splitLine: { lineStyle: { color: token("rule") } },
  });
  const label = () => ({ color: token("ink"), fontFamily: font(), fontSize: 11 });

  // ---------- charts over commits: trend and bars ----------
  const LEFT = 48, end = (kind, width, file) => kind === "bars" ? 16 : (width < 560 ? 84 : 104) + (isMany(file) ? 44 : 0);

  function overCommits(file, kind, width) {
    const option = resolve(file.option, file), total = file.commits.short.length;
    const series = list(option.series).map((item, at) => kind === "bars" ? bar(file, item) : line(file, item, at, total));
    // Percentages and counts do not share an axis: counts get a plot of their own below, on the same commits.
    const isCount = item => file.format?.[item.id] === "count";
    const stacked = !Array.isArray(option.yAxis) && series.some(isCount) && !series.every(isCount);
    if (stacked) for (const item of series) if (isCount(item)) Object.assign(item, { xAxisIndex: 1, yAxisIndex: 1 });
    const zoomed = total > MANY, foot = zoomed ? 40 : 8;
    const box = { left: LEFT, right: end(kind, width, file), top: file.events ? 28 : 12, bottom: foot };
    const x = at => merge({ ...axis(), type: "category", boundaryGap: kind === "bars", gridIndex: at, data: file.commits.short.map((_, i) => i), axisLabel: { show: false }, axisPointer: { show: true, triggerTooltip: true } }, list(option.xAxis)[at] ?? {});
    const y = (at, write) => merge({
      ...axis(), type: "value", gridIndex: at, splitNumber: at ? 1 : 4, axisLine: { show: false }, axisLabel: { ...axis().axisLabel, formatter: named(write, file) },
      ...(write === "tick" ? bounds(file, series.filter(item => !isCount(item))) : {}),
    }, list(option.yAxis)[at] ?? {});
    const counts = series.every(isCount);
    addEvents(file, series, width - LEFT - end(kind, width, file));
    return {
      ...merge(common(), option),
      grid: stacked ? [{ ...box, bottom: foot + 96 }, { ...box, top: "auto", height: 72 }] : merge(box, option.grid ?? {}),
      xAxis: stacked ? [x(0), { ...x(0), gridIndex: 1 }] : x(0),
      yAxis: stacked ? [y(0, "tick"), y(1, "count")] : Array.isArray(option.yAxis) ? option.yAxis.map((_, at) => y(at, "tick")) : y(0, counts ? "count" : "tick"),
      series,
      axisPointer: { link: [{ xAxisIndex: "all" }] },
      tooltip: merge(merge(common().tooltip, { trigger: "axis", formatter: named("tip", file) }), option.tooltip ?? {}),
      dataZoom: zoomed ? option.dataZoom ?? zoom(end(kind, width, file)) : option.dataZoom,
    };
  }
  /** Round ends of a percent axis that hold every value and every target. */
  function bounds(file, series) {
    const values = series.flatMap(item => [...(file.series[item.id] ?? []), ...list(item.markLine?.data).map(mark => mark?.yAxis)]).filter(Number.isFinite);
    const low = Math.min(...values), high = Math.max(...values), step = high - low > 25 ? 10 : high - low > 4 ? 5 : 1;
    return values.length ? { min: Math.max(0, Math.floor(low / step) * step), max: Math.min(100, Math.ceil(high / step) * step), interval: step } : {};
  }
  const zoom = edge => [
    { type: "slider", xAxisIndex: "all", left: LEFT, right: edge, bottom: 4, height: 22, brushSelect: false, showDetail: false, borderColor: token("rule"), fillerColor: "transparent",
      dataBackground: { lineStyle: { color: token("edge") }, areaStyle: { color: token("inset") } }, selectedDataBackground: { lineStyle: { color: token("cov") }, areaStyle: { color: token("cov-tint") } },
      handleStyle: { color: token("sheet"), borderColor: token("ink2") }, moveHandleSize: 4, moveHandleStyle: { color: token("edge") } },
    { type: "inside", xAxisIndex: "all", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false },
  ];

  function line(file, item, at, total) {
    const [colour, dash, mark] = strokeOf(item.id, at), values = file.series[item.id] ?? [], uncovered = item.id === "uncovered" || item.id === "lost";
    const carried = new Set(file.carried?.[item.id]), last = values.findLastIndex(value => value != null);
    const symbol = { "■": "rect", "▲": "triangle", "◆": "diamond" }[mark] ?? "circle";
    const point = (value, i) => carried.has(i) ? { value, symbol: "emptyCircle", symbolSize: 5 } : i === last ? { value, symbol, symbolSize: 8 } : value;
    return merge({
      type: "line", name: item.id, data: values.map(point), symbol: "none", showAllSymbol: true, connectNulls: false, sampling: total > SAMPLED ? "lttb" : undefined,
      lineStyle: { color: token(colour), type: dash, width: item.id === "lines" ? 2 : 1.5 },
      itemStyle: { color: token(colour), borderColor: token(colour), decal: uncovered ? hatch() : undefined },
      areaStyle: uncovered ? { color: token("gap-tint"), opacity: 1 } : undefined,
      endLabel: { show: true, ...label(), lineHeight: 15, rich: { v: { fontSize: 15, fontWeight: 600, lineHeight: 18, color: token("ink") }, w: { fontSize: 13, fontWeight: 600, lineHeight: 18, color: token("ink") } }, formatter: named("end", file) },
      labelLayout: { moveOverlap: "shiftY" }, emphasis: { disabled: true },
      markLine: { silent: true, symbol: "none", animation: false, lineStyle: { color: token("edge"), type: [1, 3], width: 1 }, label: { ...label(), color: token("ink2"), position: "insideStartTop", formatter: "{b}" } },
      markPoint: { symbol: "circle", symbolSize: 18, itemStyle: { color: token("sheet"), borderColor: token("edge") }, label: { ...label(), fontSize: 10, fontWeight: 600, formatter: "{b}" } },
    }, { ...item, data: undefined });
  }
  function bar(file, item) {
    const values = file.series[item.id] ?? [], lost = ["uncovered", "lost"].includes(item.id);
    const worse = { color: token("gap-tint"), borderColor: token("gap"), borderWidth: 1, decal: hatch() };
    return merge({
      type: "bar", name: item.id, barCategoryGap: "20%", itemStyle: lost ? worse : { color: token(STYLES[item.id]?.[0] ?? "cov") }, emphasis: { disabled: true },
      data: values.map(value => value < 0 && !lost ? { value, itemStyle: worse } : value),
    }, { ...item, data: undefined });
  }
  /** Numbers over the first series, explained in the page's list of events. */
  function addEvents(file, series, room) {
    if (!file.events?.length || !series[0]) return;
    // Numbers that would cover each other stand as one, "2–4", at the last of their lines.
    const gap = at => (file.events[at + 1] - file.events[at]) * room / Math.max(1, file.commits.short.length - 1);
    let first = 0;
    const names = file.events.map((_, i) => {
      if (i + 1 < file.events.length && gap(i) < 18) return "";
      const name = first === i ? `${i + 1}` : `${first + 1}–${i + 1}`;
      first = i + 1;
      return name;
    });
    const marks = file.events.map((at, i) => ({ name: names[i], xAxis: at, lineStyle: { type: "solid", color: token("edge") }, label: { show: names[i] !== "", position: "end", distance: 4, formatter: "{b}", ...label(), fontWeight: 600, backgroundColor: token("sheet"), borderColor: token("edge"), borderWidth: 1, borderRadius: 9, offset: [names[i].length > 1 ? -10 : 0, 0], width: names[i].length > 1 ? 28 : 16, height: 16, lineHeight: 16, align: "center" } }));
    series[0].markLine = { ...series[0].markLine, data: [...(series[0].markLine?.data ?? []), ...marks] };
  }

  /** The black and white scale bar under a plot: a segment a month of the commits in view. */
  function scaleBar(file, kind, chart, holder, width) {
    const zoom = chart.getOption().dataZoom?.[0], total = file.commits.short.length;
    const from = Math.round((zoom?.start ?? 0) / 100 * (total - 1)), to = Math.round((zoom?.end ?? 100) / 100 * (total - 1));
    const room = width - LEFT - end(kind, width, file), part = starts => [from, ...[...starts.keys()].filter(i => i > from && i <= to), to + 1];
    // Months while they can be read, else years.
    let starts = monthStarts(file), cuts = part(starts);
    if (room / cuts.length < 26) {
      starts = new Map([...starts].map(([i]) => [i, file.commits.date[i].slice(0, 4)]).filter(([, year], i, years) => year !== years[i - 1]?.[1]));
      cuts = part(starts);
    }
    const name = at => starts.get(at) ?? starts.get([...starts.keys()].findLast(i => i <= at));
    const neat = el("div", { class: "neat", "aria-hidden": "true" }), months = el("div", { class: "months" });
    for (let i = 0; i + 1 < cuts.length; i++) {
      const n = cuts[i + 1] - cuts[i], space = room * n / (to + 1 - from), full = `${name(cuts[i])} · ${n}`;
      const mark = el("i"), text = el("span", {}, space > full.length * 6.5 + 6 ? full : space > name(cuts[i]).length * 6.5 + 6 ? name(cuts[i]) : "");
      for (const node of [mark, text]) node.style.setProperty("--n", n);
      neat.append(mark);
      months.append(text);
    }
    holder.replaceChildren(neat, months);
    holder.style.marginLeft = `${LEFT}px`;
    holder.style.marginRight = `${end(kind, width, file)}px`;
  }

  // ---------- treemap, heat map, scatter ----------
  function treemap(file) {
    const { name, parent, covered, total, href: links } = file.nodes, option = resolve(file.option, file);
    const nodes = name.map((text, i) => ({ name: text, covered: covered[i] ?? 0, value: total[i] ?? 0, link: links?.[i] }));
    const roots = [];
    // A parent stands before its children: from the back, each node is complete when it is added to its parent.
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i], up = nodes[parent[i]], percent = node.value ? 100 * node.covered / node.value : null;
      node.place = { name: node.name, text: percent === null ? "nothing to cover" : `${write.percent(percent)}, ${count(node.covered)} of ${count(node.value)} lines` };
      node.itemStyle = { color: percent === null ? token("sheet") : level(percent) };
      (up ? up.children ??= [] : roots).unshift(node);
      if (up) {
        up.value += node.value;
        up.covered += node.covered;
      }
    }
    // A lone directory at the top says nothing: begin where the tree branches, and name the way there.
    const way = [];
    let top = roots;
    while (top.length === 1 && top[0].children) {
      way.push(top[0].name);
      top = top[0].children;
    }
    const share = node => `${write.percent(node?.value ? 100 * node.covered / node.value : 0)}`;
    const face = { ...label(), fontSize: 12, lineHeight: 16, formatter: ({ name, data: node }) => `${name}\n${share(node)}`, overflow: "truncate", position: "insideTopLeft" };
    const [item = {}] = list(option.series);
    return {
      ...merge(common(), option),
      tooltip: merge(common().tooltip, { formatter: named("tip", file) }),
      series: [merge({
        type: "treemap", name: way.join("/") || "all", data: top, left: 0, right: 0, top: 0, bottom: 28, roam: false, nodeClick: "zoomToNode", leafDepth: nodes.length > 300 ? 1 : 2, visibleMin: 40, label: face,
        upperLabel: { show: true, height: 22, ...label(), color: token("ink"), fontSize: 12, fontWeight: 600, formatter: ({ name, data: node }) => `${name}  ${share(node)}` }, itemStyle: { borderColor: token("sheet"), borderWidth: 1, gapWidth: 1 },
        levels: [{ itemStyle: { borderWidth: 0, gapWidth: 2 }, upperLabel: { show: false } }, { itemStyle: { borderWidth: 2, gapWidth: 1, borderColor: token("rule") } }],
        emphasis: { itemStyle: { borderColor: token("ink") }, label: { color: token("ink") }, upperLabel: { color: token("ink") } },
        breadcrumb: { height: 22, bottom: 0, left: 0, itemStyle: { color: token("inset"), borderColor: token("rule"), textStyle: { ...label(), fontSize: 12 } }, emphasis: { itemStyle: { color: token("sheet"), textStyle: { color: token("ink") } } } },
      }, { ...item, data: undefined })],
    };
  }

  function heatmap(file, width) {
    const { x, y, v } = file.cells, option = resolve(file.option, file), [item = {}] = list(option.series);
    const cell = (_, i) => ({ value: [x[i], y[i], v[i]], link: file.commits.href?.[x[i]], place: { name: file.rows.name[y[i]], text: `${v[i] == null ? "not measured" : write.percent(v[i])} at ${file.commits.short[x[i]]}, ${day(file.commits.date[x[i]])}` } });
    const shown = Math.min(260, width * 0.3), short = text => text.length * 6.2 > shown ? `…${text.slice(-Math.floor(shown / 6.2))}` : text;
    const bounds = [0, 50, 70, 80, 90, 95, 100];
    return {
      ...merge(common(), option),
      tooltip: merge(common().tooltip, { formatter: named("tip", file) }),
      grid: { left: shown + 12, right: 8, top: 4, bottom: 24 },
      xAxis: { ...axis(), type: "category", data: file.commits.short.map((_, i) => i), splitLine: { show: false }, axisLabel: { ...axis().axisLabel, interval: at => monthStarts(file).has(at), formatter: named("month", file) } },
      yAxis: { ...axis(), type: "category", inverse: true, data: file.rows.name.map((_, i) => i), splitLine: { show: false }, axisLine: { show: false }, axisLabel: { ...axis().axisLabel, interval: 0, formatter: at => short(file.rows.name[at]) } },
      visualMap: { show: false, type: "piecewise", dimension: 2, seriesIndex: 0, pieces: bounds.map((gte, i) => ({ gte, lt: bounds[i + 1] ?? 101, color: token(LEVELS[i][1]) })), outOfRange: { color: "transparent" } },
      series: [merge({ type: "heatmap", data: v.map(cell), progressive: 0, itemStyle: { borderColor: token("sheet"), borderWidth: 1 }, emphasis: { itemStyle: { borderColor: token("ink") } } }, { ...item, data: undefined })],
    };
  }

  function scatter(file) {
    const { x, y, size, name, href: links } = file.points, option = resolve(file.option, file), [item = {}] = list(option.series);
    const most = Math.max(1, ...(size ?? []));
    const names = at => list(option[at])[0]?.name ?? at[0];
    const point = (text, i) => ({ value: [x[i], y[i]], symbolSize: size ? 6 + 26 * Math.sqrt(size[i] / most) : 9, link: links?.[i], place: { name: text, text: `${names("xAxis")} ${count(x[i])}, ${names("yAxis")} ${count(y[i])}` } });
    const scale = at => merge({ ...axis(), type: "value", nameLocation: "middle", nameGap: 32 }, list(option[at])[0] ?? {});
    return {
      ...merge(common(), option),
      tooltip: merge(common().tooltip, { formatter: named("tip", file) }),
      grid: merge({ left: 56, right: 16, top: 12, bottom: 48 }, option.grid ?? {}),
      xAxis: scale("xAxis"), yAxis: scale("yAxis"),
      series: [merge({ type: "scatter", data: name.map(point), itemStyle: { color: token("cov"), opacity: .55, borderColor: token("cov-ink"), borderWidth: 1 }, emphasis: { itemStyle: { opacity: 1 } } }, { ...item, data: undefined })],
    };
  }
  const build = (kind, file, width) => kind === "treemap" ? treemap(file) : kind === "heatmap" ? heatmap(file, width) : kind === "scatter" ? scatter(file) : overCommits(file, kind, width);

  // ---------- mounting ----------
  async function mount(figure) {
    const plot = figure.querySelector(".plot"), src = new URL(figure.dataset.src, location.href).href;
    const key = src.split("/").pop().replace(/\.js$/, ""), kind = figure.dataset.chart;
    const slow = setTimeout(() => plot.setAttribute("aria-busy", "true"), 300);
    try {
      const [file] = await Promise.all([data(key, src), script(echarts)]);
      draw(figure, plot, kind, file);
    } catch (error) {
      // The static picture and the table stay; the reader is told once.
      const table = figure.querySelector("details");
      figure.append(el("p", { class: "s" }, `The interactive chart did not load: ${error.message}. ${table ? "The table holds the same data." : ""}`));
      if (plot.firstElementChild) return;
      plot.hidden = true;
      if (table) table.open = true;
    } finally {
      clearTimeout(slow);
      plot.removeAttribute("aria-busy");
    }
  }

  function draw(figure, plot, kind, file) {
    const holder = el("div"), commits = kind === "trend" || kind === "bars", scale = commits ? el("div") : null;
    figure.classList.remove("static");
    figure.querySelectorAll(":scope > .neat, :scope > .months").forEach(node => node.remove());
    holder.style.cssText = "position:absolute;inset:0";
    plot.replaceChildren(holder);
    if (scale) plot.after(scale);
    const chart = covatlas.echarts.init(holder, null, { renderer: "canvas" });
    const show = () => {
      const width = plot.clientWidth, option = build(kind, file, width), zoomed = chart.getOption()?.dataZoom;
      // A new theme or width must not lose the reader's window.
      if (zoomed?.length) option.dataZoom = option.dataZoom?.map((item, i) => ({ ...item, start: zoomed[i].start, end: zoomed[i].end }));
      chart.setOption(option, { notMerge: true });
      if (scale) scaleBar(file, kind, chart, scale, width);
    };
    show();
    if (scale) chart.on("datazoom", () => scaleBar(file, kind, chart, scale, plot.clientWidth));
    addEventListener("covatlas:theme", show);
    let width = plot.clientWidth;
    new ResizeObserver(() => {
      chart.resize();
      if (plot.clientWidth !== width) show();
      width = plot.clientWidth;
    }).observe(plot);
    follow(chart, plot, kind, file);
  }

  /** Pointer and keys: a point is a link. */
  function follow(chart, plot, kind, file) {
    const open = link => { if (link) location.href = href(link); };
    const commits = kind === "trend" || kind === "bars";
    if (commits) {
      const inside = event => ["grid"].some(finder => chart.containPixel(finder, [event.offsetX, event.offsetY]));
      chart.getZr().on("click", event => {
        if (inside(event)) open(file.commits.href?.[Math.round(chart.convertFromPixel({ xAxisIndex: 0 }, event.offsetX))]);
      });
      chart.getZr().on("mousemove", event => chart.getZr().setCursorStyle(inside(event) && file.commits.href ? "pointer" : "default"));
    } else chart.on("click", ({ data: node }) => { if (!node?.children) open(node?.link); });
    // A treemap has no order to walk in; its table does.
    if (kind === "treemap") return;

    const total = commits ? file.commits.short.length : chart.getOption().series[0].data.length;
    const point = at => chart.getOption().series[0].data[at];
    let here = -1;
    plot.tabIndex = 0;
    plot.setAttribute("role", "application");
    plot.setAttribute("aria-roledescription", "chart");
    plot.setAttribute("aria-label", `${plot.getAttribute("aria-label") ?? "Chart"} Left and right arrow move along the points, Enter opens one.`);
    plot.addEventListener("keydown", event => {
      const to = { ArrowRight: here + 1, ArrowLeft: here < 0 ? total - 1 : here - 1, Home: 0, End: total - 1 }[event.key];
      if (to !== undefined) {
        event.preventDefault();
        here = Math.min(total - 1, Math.max(0, to));
        chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: here });
        say(commits ? sentence(file, here) : `${point(here).place.name}: ${point(here).place.text}`);
      }
      if (event.key === "Enter" && here >= 0) open(commits ? file.commits.href?.[here] : point(here).link);
      if (event.key === "Escape") chart.dispatchAction({ type: "hideTip" });
    });
    plot.addEventListener("blur", () => chart.dispatchAction({ type: "hideTip" }));
  }

  const near = new IntersectionObserver(entries => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      mount(target);
    }
  }, { rootMargin: "400px 0px" });
  for (const figure of all("[data-chart]")) near.observe(figure);

  // Paper is light: a canvas cannot follow a print style sheet, so it is drawn again.
  let before;
  addEventListener("beforeprint", () => {
    before = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
    dispatchEvent(new Event("covatlas:theme"));
  });
  addEventListener("afterprint", () => {
    if (before === undefined) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = before;
    dispatchEvent(new Event("covatlas:theme"));
  });
})();
