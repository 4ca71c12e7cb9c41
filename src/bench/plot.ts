/** Line and bar plots as SVG, drawn by ECharts without a browser. On white, so that they can be read on dark pages, too. */
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const width = 860;
const height = 480;
const rowHeight = 22;
const rowsMargin = 120;
/** Okabe and Ito's colours: told apart by everybody. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#999999'];

export interface Axis {
  /** With its unit. */
  name: string;
  logarithmic?: boolean;
  /** Labels in multiples of 1,024. */
  binary?: boolean;
}
export interface Line {
  name: string;
  points: readonly (readonly [number, number])[];
}

export function linePlot(title: string, x: Axis, y: Axis, lines: readonly Line[]): string {
  return render(height, {
    ...frame(title),
    legend: { top: 32, type: 'plain', itemGap: 24 },
    grid: { left: 80, right: 40, top: 32 + 24 * Math.ceil(lines.length / 4), bottom: 60 },
    xAxis: axis(x, 34),
    yAxis: axis(y, 58),
    series: lines.map(({ name, points }) => ({
      type: 'line',
      name,
      data: points.map(([a, b]) => [a, b]),
      symbolSize: points.length > 40 ? 0 : 6,
      lineStyle: { width: 2 },
    })),
  });
}

/** One horizontal bar a row, the first on top. */
export function barPlot(title: string, value: Axis, rows: readonly { name: string; value: number }[]): string {
  return render(rowsMargin + rowHeight * rows.length, {
    ...frame(title),
    grid: { left: 270, right: 70, top: 50, bottom: 60 },
    xAxis: axis(value, 34),
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map(({ name }) => name),
      axisLabel: { width: 250, overflow: 'truncate', color: '#222' },
    },
    series: [{ type: 'bar', data: rows.map((row) => row.value), label: { show: true, position: 'right', formatter: shortNumber } }],
  });
}

function shortNumber({ value }: { value?: unknown }): string {
  return typeof value === 'number' ? value.toPrecision(3) : '';
}

function frame(title: string) {
  return {
    animation: false,
    backgroundColor: '#ffffff',
    color: colours,
    title: { text: title, left: 'center', top: 6, textStyle: { fontSize: 15, color: '#222' } },
  };
}

function axis({ name, logarithmic, binary }: Axis, nameGap: number) {
  return {
    type: logarithmic ? ('log' as const) : ('value' as const),
    ...(logarithmic ? { logBase: 2 } : {}),
    name,
    nameLocation: 'middle' as const,
    nameGap,
    nameTextStyle: { color: '#222' },
    axisLabel: { color: '#222', formatter: binary ? binaryLabel : compact },
  };
}

function binaryLabel(value: number): string {
  if (value < 1024) return String(value);
  return value < 1 << 20 ? `${value / 1024}k` : `${value / (1 << 20)}M`;
}

function compact(value: number): string {
  return new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 }).format(value);
}

function render(pixels: number, option: Parameters<ReturnType<typeof init>['setOption']>[0]): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height: pixels });
  try {
    chart.setOption(option);
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
