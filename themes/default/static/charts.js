"use strict";
// Mounts the charts of a page: ECharts and the data come late, when a figure nears the window. The whole option is made in
// Rust; here its tokens become the theme's colours and its names our functions. Figure markup and data: ../README.md.
(() => {
  const { all, count, data, day, el, href, say, script, tenth } = covatlas;
  const echarts = new URL(document.currentScript.dataset.echarts ?? "echarts.js", location.href).href;

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

  // ---------- the functions that an option names ----------
  const write = {
    percent: value => `${tenth(value)}%`,
    tick: value => `${Number.isInteger(value) ? value : tenth(value)}%`,
    count: value => count(Math.round(value)).replace("-", "−"),
  };
  function named(name, file) {
    return {
      ...write,
      font: getComputedStyle(document.body).fontFamily,
      end: ({ seriesId, value }) => file.series[seriesId].end.replace("#", () => text(file, seriesId, value)),
      tip: params => tip(file, params),
    }[name];
  }
  const text = (file, id, value) => write[file.series[id].format](value);
  const carried = (file, id, at) => file.series[id].carried?.includes(at) ?? false;

  /** The tooltip: elements, so that no text of a report is ever parsed. */
  function tip(file, params) {
    const at = params[0].dataIndex, { short, date, subject } = file.commits;
    return el("div", { class: "tip" },
      el("b", {}, subject[at]), el("div", { class: "mute" }, `${short[at]}, ${day(date[at])}`),
      el("dl", {}, ...params.filter(({ value }) => value != null).flatMap(({ seriesId: id, value }) => [
        el("dt", {}, file.series[id].name), el("dd", {}, text(file, id, value) + (carried(file, id, at) ? " carried" : "")),
      ])));
  }
  /** The same in one sentence, to be spoken. */
  const sentence = (file, at) => [
    `${file.commits.short[at]}, ${day(file.commits.date[at])}`,
    ...file.option.series.map(({ id, data }) => ({ id, value: data[at]?.value ?? data[at] })).filter(({ value }) => value != null)
      .map(({ id, value }) => `${id} ${text(file, id, value)}${carried(file, id, at) ? ", carried" : ""}`),
  ].join("; ");

  /** A copy of the option with tokens and names resolved. */
  function resolve(value, file) {
    if (typeof value === "string") {
      const colour = /^var\(--([\w-]+)\)$/.exec(value);
      if (colour) return token(colour[1]);
      return value.startsWith("@") ? named(value.slice(1), file) : value;
    }
    if (Array.isArray(value)) return value.map(item => resolve(item, file));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, file)]));
  }

  // ---------- the scale bar ----------
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

  /** The black and white scale bar under a plot: a segment a month of the commits in view. */
  function scaleBar(file, chart, holder, width) {
    const zoom = chart.getOption().dataZoom?.[0], total = file.commits.short.length;
    const from = Math.round((zoom?.start ?? 0) / 100 * (total - 1)), to = Math.round((zoom?.end ?? 100) / 100 * (total - 1));
    const { left, right } = [file.option.grid].flat()[0], room = width - left - right, part = starts => [from, ...[...starts.keys()].filter(i => i > from && i <= to), to + 1];
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
    holder.style.marginLeft = `${left}px`;
    holder.style.marginRight = `${right}px`;
  }

  // ---------- mounting ----------
  async function mount(figure) {
    const plot = figure.querySelector(".plot"), src = new URL(figure.dataset.src, location.href).href;
    const key = src.split("/").pop().replace(/\.js$/, "");
    const slow = setTimeout(() => plot.setAttribute("aria-busy", "true"), 300);
    try {
      const [file] = await Promise.all([data(key, src), script(echarts)]);
      draw(figure, plot, file);
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

  function draw(figure, plot, file) {
    const holder = el("div"), scale = el("div");
    figure.classList.remove("static");
    figure.querySelectorAll(":scope > .neat, :scope > .months").forEach(node => node.remove());
    holder.style.cssText = "position:absolute;inset:0";
    plot.replaceChildren(holder);
    plot.after(scale);
    const chart = covatlas.echarts.init(holder, null, { renderer: "canvas" });
    const scaled = () => scaleBar(file, chart, scale, plot.clientWidth);
    const show = () => {
      const option = resolve(file.option, file), zoomed = chart.getOption()?.dataZoom;
      // A new theme must not lose the reader's window.
      if (zoomed?.length) option.dataZoom = option.dataZoom?.map((item, i) => ({ ...item, start: zoomed[i].start, end: zoomed[i].end }));
      chart.setOption(option, { notMerge: true });
      scaled();
    };
    show();
    chart.on("datazoom", scaled);
    addEventListener("covatlas:theme", show);
    new ResizeObserver(() => {
      chart.resize();
      scaled();
    }).observe(plot);
    follow(chart, plot, file);
  }

  /** Pointer and keys: a point is a link. */
  function follow(chart, plot, file) {
    const open = at => { if (file.commits.href?.[at]) location.href = href(file.commits.href[at]); };
    const inside = event => chart.containPixel("grid", [event.offsetX, event.offsetY]);
    chart.getZr().on("click", event => {
      if (inside(event)) open(Math.round(chart.convertFromPixel({ xAxisIndex: 0 }, event.offsetX)));
    });
    chart.getZr().on("mousemove", event => chart.getZr().setCursorStyle(inside(event) && file.commits.href ? "pointer" : "default"));

    const total = file.commits.short.length;
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
        say(sentence(file, here));
      }
      if (event.key === "Enter" && here >= 0) open(here);
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
