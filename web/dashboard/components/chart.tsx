import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';

/** A line of a chart. */
export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  readonly title: string;
  /** Times of the values, ms since the epoch, rising. */
  readonly times: readonly number[];
  /** At most as many as there are colours. */
  readonly lines: readonly Line[];
  readonly testId: string;
}

const HEIGHT = 180;
const COLOURS = ['--accent', '--bad', '--faint'] as const;
const MS = 1_000;

/** Values over time. Screen readers are told the newest ones in words. */
export function Chart({ title, times, lines, testId }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot | null>(null);
  const labels = lines.map(({ label }) => label).join('\n');
  useEffect(() => {
    const place = box.current;
    if (place === null) return;
    const draw = (): void => {
      chart.current?.destroy();
      chart.current = new UPlot(optionsOf(labels.split('\n'), place), dataOf(times, lines), place);
    };
    draw();
    const observer = new ResizeObserver(() => {
      const width = place.clientWidth;
      if (width > 0 && chart.current?.width !== width) chart.current?.setSize({ width, height: HEIGHT });
    });
    observer.observe(place);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    return () => {
      observer.disconnect();
      scheme.removeEventListener('change', draw);
      chart.current?.destroy();
      chart.current = null;
    };
  }, [labels]);
  useEffect(() => {
    chart.current?.setData(dataOf(times, lines));
  }, [times, lines]);
  const newest = lines.map(({ label, values }) => `${label} ${values.at(-1) ?? 'none'}`).join(', ');
  return (
    <figure class="chart" data-testid={testId}>
      <figcaption>{title}</figcaption>
      <div ref={box} role="img" aria-label={`${title}. Newest: ${newest}`} />
    </figure>
  );
}

function dataOf(times: readonly number[], lines: readonly Line[]): UPlot.AlignedData {
  return [times.map((at) => at / MS), ...lines.map(({ values }) => [...values])];
}

function optionsOf(labels: readonly string[], place: HTMLElement): UPlot.Options {
  const style = getComputedStyle(place);
  // light-dark() is resolved where it is used: in a property that is a colour.
  const colour = (name: string): string => {
    const probe = document.createElement('i');
    probe.style.color = `var(${name})`;
    place.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const grid = { stroke: colour('--line'), width: 1 };
  const axis: UPlot.Axis = { stroke: colour('--faint'), grid, ticks: grid, font: `12px ${style.fontFamily}` };
  return {
    width: Math.max(1, place.clientWidth),
    height: HEIGHT,
    cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_chart, _low, high) => [0, Math.max(1, high * 1.1)] } },
    axes: [axis, { ...axis, size: 56 }],
    series: [
      {},
      ...labels.map((label, index) => ({
        label,
        stroke: colour(COLOURS[index % COLOURS.length] ?? '--accent'),
        width: 2,
        points: { show: false },
      })),
    ],
  };
}
