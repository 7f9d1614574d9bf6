// SPDX-License-Identifier: Apache-2.0
// A curve over time with its stepped limit, and a lane under it for what was allowed when. Where nothing was measured the
// curve ends and the ground is hatched: a gap is never drawn as a level.
import { useEffect, useRef, useState } from 'preact/hooks';
import { siteTime } from './clock';
import { minutesOf, pathOf, scaleOf, stepPath, type Curve } from './curve';
import { number, unitText } from './units';

export interface Band {
  from: number;
  to: number;
  kind: string;
  title: string;
  word: string; // for the legend
}

interface Props {
  curve: Curve;
  bands: Band[];
  gaps: Band[];
  now: number | null;
  label: string;
  hint: string; // shown while nothing is pointed at
}

const HATCHED: Record<string, number> = { gap: 45, prohibited_night: -45, quiet_period: 0 }; // degrees, as in chart.css
const HEIGHT = 190;
const LEFT = 34;
const RIGHT = 6;
const TOP = 8;
const LANE = 12; // height of the lane of bands
const BOTTOM = 34; // lane and hours

/** The width that the page gives us, so that text keeps its size on every screen. */
function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(320);
  useEffect(() => {
    const watcher = new ResizeObserver(([entry]) => entry && setWidth(Math.max(240, Math.floor(entry.contentRect.width))));
    if (ref.current) watcher.observe(ref.current);
    return () => watcher.disconnect();
  }, []);
  return { ref, width };
}

/** The ground of gaps and of forbidden hours: once a page, because patterns are found by id. */
export function Patterns() {
  return (
    <svg class="patterns" width="0" height="0" aria-hidden="true">
      {Object.entries(HATCHED).map(([kind, angle]) => (
        <pattern
          key={kind}
          id={`hatch-${kind}`}
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform={`rotate(${angle})`}
        >
          <rect class={`ground-${kind}`} width="6" height="6" />
          <line class={`hatch-${kind}`} x1="3" y1="0" x2="3" y2="6" />
        </pattern>
      ))}
    </svg>
  );
}

export function Chart({ curve, bands, gaps, now, label, hint }: Props) {
  const { ref, width } = useWidth();
  const [at, setAt] = useState<number | null>(null);
  const { from, to } = curve;
  const scale = scaleOf(curve);
  const bottom = HEIGHT - BOTTOM;
  const x = (ms: number) => LEFT + ((Math.min(Math.max(ms, from), to) - from) / (to - from)) * (width - LEFT - RIGHT);
  const y = (v: number) => TOP + ((scale.top - v) / (scale.top - scale.bottom)) * (bottom - TOP);
  const i = at === null ? -1 : Math.floor((at - from) / curve.stepMs);
  const point = (e: PointerEvent) => {
    const box = (e.currentTarget as Element).getBoundingClientRect();
    const ms = from + ((e.clientX - box.left - LEFT) / (width - LEFT - RIGHT)) * (to - from);
    setAt(ms >= from && ms < to ? ms : null);
  };
  const band = (b: Band, top: number, height: number) => (
    <rect
      class={`band band-${b.kind}`}
      fill={b.kind in HATCHED ? `url(#hatch-${b.kind})` : undefined}
      x={x(b.from)}
      y={top}
      width={Math.max(1, x(b.to) - x(b.from))}
      height={height}
    >
      <title>{b.title}</title>
    </rect>
  );

  return (
    <div class="chart" ref={ref}>
      <p class="readout" aria-hidden="true">
        {i < 0
          ? hint
          : `${siteTime(from + i * curve.stepMs)}  ${number(curve.v[i])} / ${number(curve.limit[i], 0)} ${unitText(curve.unit)}`}
      </p>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={label}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => setAt(null)}
      >
        {gaps.map((g) => band(g, TOP, bottom - TOP))}
        {scale.marks.map((v) => (
          <g key={v}>
            <line class="rule" x1={LEFT} x2={width - RIGHT} y1={y(v)} y2={y(v)} />
            <text class="mark" x={LEFT - 4} y={y(v) + 4} text-anchor="end">
              {v}
            </text>
          </g>
        ))}
        {bands.map((b) => band(b, bottom + 4, LANE))}
        <path class="curve" d={pathOf(curve, x, y)} />
        <path class="limit" d={stepPath(curve, x, y)} />
        {minutesOf(from, to, width).map((ms) => (
          <text key={ms} class="mark" x={x(ms)} y={HEIGHT - 4} text-anchor={ms === from ? 'start' : 'middle'}>
            {siteTime(ms)}
          </text>
        ))}
        {now !== null && now > from && now < to && <line class="now" x1={x(now)} x2={x(now)} y1={TOP} y2={bottom + LANE + 4} />}
        {at !== null && <line class="cursor" x1={x(at)} x2={x(at)} y1={TOP} y2={bottom} />}
      </svg>
    </div>
  );
}
