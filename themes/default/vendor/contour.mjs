// Draws ../static/contour.svg: contour lines of an invented landscape, by marching squares. Same bytes on every run.
// node contour.mjs > ../static/contour.svg
const WIDTH = 820, HEIGHT = 320, STEP = 10, LEVELS = 13;

// Hills: centre, height (negative is a hollow), spread along x and y, turn in radians. Arranged by hand.
const HILLS = [
  [610, 120, 1.0, 120, 80, 0.4], [720, 230, 0.75, 90, 60, -0.3], [470, 250, 0.55, 110, 50, 0.2], [330, 70, 0.45, 130, 45, -0.15],
  [790, 40, 0.6, 60, 55, 0.5], [560, 190, -0.28, 50, 34, 0.9], [180, 210, 0.3, 120, 60, 0.3], [655, 60, 0.22, 34, 22, 0.1],
];
const height = (x, y) => HILLS.reduce((sum, [cx, cy, h, sx, sy, turn]) => {
  const dx = x - cx, dy = y - cy, u = (dx * Math.cos(turn) + dy * Math.sin(turn)) / sx, v = (dy * Math.cos(turn) - dx * Math.sin(turn)) / sy;
  return sum + h * Math.exp(-(u * u + v * v) / 2);
}, 0.03 * Math.sin(x / 37) * Math.cos(y / 29));

/** Segments where the surface crosses `level`, as pairs of edge keys, with the crossing point of each edge. */
function segments(level) {
  const points = new Map(), pairs = [];
  const cross = (x1, y1, x2, y2) => {
    const key = `${x1},${y1},${x2},${y2}`;
    const a = height(x1, y1), b = height(x2, y2), t = (level - a) / (b - a);
    points.set(key, [x1 + (x2 - x1) * t, y1 + (y2 - y1) * t]);
    return key;
  };
  for (let y = 0; y < HEIGHT; y += STEP) for (let x = 0; x < WIDTH; x += STEP) {
    const r = x + STEP, b = y + STEP, above = (px, py) => height(px, py) > level;
    const edges = [[x, y, r, y], [r, y, r, b], [x, b, r, b], [x, y, x, b]].filter(([x1, y1, x2, y2]) => above(x1, y1) !== above(x2, y2)).map(e => cross(...e));
    if (edges.length >= 2) pairs.push([edges[0], edges[1]]);
    if (edges.length === 4) pairs.push([edges[2], edges[3]]);
  }
  return { points, pairs };
}

/** Joins segments end to end into lines of points. */
function join({ points, pairs }) {
  const at = new Map();
  for (const pair of pairs) for (const key of pair) at.set(key, [...(at.get(key) ?? []), pair]);
  const used = new Set(), lines = [];
  const walk = (pair, key) => {
    const line = [];
    while (pair && !used.has(pair)) {
      used.add(pair);
      line.push(key);
      const other = pair[0] === key ? pair[1] : pair[0];
      pair = at.get(other).find(p => !used.has(p));
      key = other;
    }
    return [...line, key];
  };
  const ends = [...at].filter(([, list]) => list.length === 1).map(([key, list]) => [list[0], key]);
  for (const [pair, key] of [...ends, ...pairs.map(p => [p, p[0]])]) if (!used.has(pair)) lines.push(walk(pair, key));
  return lines.map(line => line.map(key => points.get(key)));
}

/** A smooth path: quadratic curves through the middles between every second point. */
function path(line) {
  const thin = line.filter((_, i) => i % 3 === 0 || i === line.length - 1), n = v => String(Math.round(v));
  if (thin.length < 4) return "";
  const mid = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const closed = Math.hypot(line[0][0] - line.at(-1)[0], line[0][1] - line.at(-1)[1]) < 1;
  if (closed) thin[thin.length - 1] = thin[0];
  const start = closed ? mid(thin[0], thin[1]) : thin[0];
  let d = `M${n(start[0])} ${n(start[1])}`;
  const ring = closed ? [...thin.slice(1), thin[1]] : thin.slice(1);
  for (let i = 0; i + 1 < ring.length; i++) {
    const m = mid(ring[i], ring[i + 1]);
    d += `Q${n(ring[i][0])} ${n(ring[i][1])} ${n(m[0])} ${n(m[1])}`;
  }
  return closed ? d + "Z" : d + `L${n(thin.at(-1)[0])} ${n(thin.at(-1)[1])}`;
}

const drawn = Array.from({ length: LEVELS }, (_, i) => join(segments(0.09 + i * 0.085)).map(path).join(""));
const index = drawn.filter((_, i) => i % 4 === 3).join(""), others = drawn.filter((_, i) => i % 4 !== 3).join("");
// A grey that is faint on either ground: the picture cannot know the theme.
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="xMaxYMid slice" fill="none" stroke="#8a8a86"><path stroke-opacity=".42" d="${others}"/><path stroke-opacity=".8" d="${index}"/></svg>`);
