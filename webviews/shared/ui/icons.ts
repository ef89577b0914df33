import { html, type SVGTemplateResult, svg, type TemplateResult } from 'lit';

/** Line icons on a 16 × 16 grid, drawn in the colour of the text around them. */
const shapes = {
  error: svg`<circle cx="8" cy="8" r="6.25"/><path d="m5.75 5.75 4.500 4.500m0-4.500-4.500 4.500"/>`,
  warning: svg`<path d="M8 2.250 14.250 13.250H1.750Z"/><path d="M8 6.500v3.250m0 1.750v.01"/>`,
  pass: svg`<circle cx="8" cy="8" r="6.25"/><path d="m5.250 8.250 2 2 3.500-4.250"/>`,
  check: svg`<path d="m3 8.500 3.250 3.250L13 4.500"/>`,
  skip: svg`<path d="M3.500 3.250v9.500L10 8ZM12.500 3.250v9.500"/>`,
  spinner: svg`<circle cx="8" cy="8" r="6" stroke-opacity="0.25"/><path class="spin" d="M8 2a6 6 0 0 1 6 6"/>`,
  power: svg`<path d="M8 1.750v6M4.750 3.900a5.500 5.500 0 1 0 6.500 0"/>`,
  clock: svg`<circle cx="8" cy="8" r="6.250"/><path d="M8 4.250V8l2.500 1.750"/>`,
  memory: svg`<path d="M1.750 4.250h12.500v6.500H1.750ZM4 10.750v2m2.700-2v2m2.600-2v2m2.700-2v2M4.750 6.500v2m3.250-2v2m3.250-2v2"/>`,
  idle: svg`<circle cx="8" cy="8" r="6.25" stroke-dasharray="2.400 2.500"/>`,
  question: svg`<circle cx="8" cy="8" r="6.25"/><path d="M6.250 6.400a1.800 1.800 0 1 1 2.600 1.600c-.6.300-.85.6-.85 1.250M8 11.250v.01"/>`,
  slash: svg`<circle cx="8" cy="8" r="6.25"/><path d="m3.750 12.250 8.500-8.500"/>`,
  shield: svg`<path d="M8 1.750c2 1.250 3.750 1.500 5.250 1.500 0 5-1.500 8.750-5.250 11-3.750-2.250-5.250-6-5.250-11 1.500 0 3.250-.25 5.250-1.500Z"/>`,
  folder: svg`<path d="M1.750 12.750v-9.500h4.500l1.500 1.750h6.500v7.750Z"/>`,
  play: svg`<path d="M4.500 2.750v10.500L13 8Z"/>`,
  stop: svg`<rect x="3.750" y="3.750" width="8.500" height="8.500" rx="1"/>`,
  plug: svg`<path d="M5.500 2v3m5-3v3M3.750 5h8.500v2.500a4.250 4.250 0 0 1-8.500 0ZM8 11.750V14.250"/>`,
  wrench: svg`<path d="M13.750 5a3.500 3.500 0 0 1-4.800 3.250L4.500 12.750a1.250 1.250 0 0 1-1.900-1.700L7.200 6.750A3.500 3.500 0 0 1 11 2.250L9.250 4.250l.5 2 2 .5Z"/>`,
  chevron: svg`<path d="m6 3.750 4.250 4.250L6 12.250"/>`,
  log: svg`<path d="M2.250 3.500h11.500m-11.500 3h8.500m-8.500 3h11.500m-11.500 3h6"/>`,
  file: svg`<path d="M3.750 1.750h5.500l3 3v9.500h-8.500Z"/><path d="M9.250 1.750v3h3"/>`,
  config: svg`<path d="M2 4.500h4.500m3 0H14M2 11.500h2.500m3 0H14"/><circle cx="8" cy="4.500" r="1.500"/><circle cx="6" cy="11.500" r="1.500"/>`,
  code: svg`<path d="m5 4.500-3.250 3.500L5 11.500m6-7 3.250 3.500L11 11.500"/>`,
  process: svg`<rect x="4.250" y="4.250" width="7.500" height="7.500" rx="1"/><path d="M6.500 1.750v2.500m3-2.500v2.500m-3 7.500v2.500m3-2.500v2.500M1.750 6.500h2.500m-2.500 3h2.500m7.500-3h2.500m-2.500 3h2.500"/>`,
  listener: svg`<circle cx="8" cy="8" r="1.500"/><path d="M5.100 10.900a4.100 4.100 0 0 1 0-5.800m5.800 0a4.100 4.100 0 0 1 0 5.800M3 13a7 7 0 0 1 0-10m10 0a7 7 0 0 1 0 10"/>`,
  probe: svg`<path d="M1.750 8.500h2.750l1.750-4.500 3 8.500 1.750-4h3.250"/>`,
  filesystem: svg`<ellipse cx="8" cy="4" rx="5.250" ry="2"/><path d="M2.750 4v8c0 1.100 2.350 2 5.250 2s5.250-.9 5.250-2V4M2.750 8c0 1.100 2.350 2 5.250 2s5.250-.9 5.250-2"/>`,
  host: svg`<rect x="2" y="2.750" width="12" height="4.500" rx="1"/><rect x="2" y="8.750" width="12" height="4.500" rx="1"/><path d="M4.500 5h.01m-.01 6h.01"/>`,
  container: svg`<path d="M8 1.750 13.750 4.750v6.500L8 14.250 2.250 11.250v-6.500Z"/><path d="M2.250 4.750 8 7.750l5.750-3M8 7.750v6.500"/>`,
  cluster: svg`<circle cx="8" cy="8" r="2"/><circle cx="8" cy="2.750" r="1.250"/><circle cx="12.750" cy="10.750" r="1.250"/><circle cx="3.250" cy="10.750" r="1.250"/><path d="M8 4v2m1.750 3 1.900 1.100M6.250 9l-1.900 1.100"/>`,
  database: svg`<ellipse cx="8" cy="3.750" rx="4.750" ry="2"/><path d="M3.250 3.750v8.500c0 1.100 2.100 2 4.750 2s4.750-.9 4.750-2v-8.500M3.250 6.600c0 1.100 2.100 2 4.750 2s4.750-.9 4.750-2M3.250 9.400c0 1.100 2.100 2 4.750 2s4.750-.9 4.750-2"/>`,
  history: svg`<path d="M2.500 8a5.500 5.500 0 1 0 1.750-4L2.250 5.750m0-3.250v3.250H5.500M8 5v3.250l2.250 1.250"/>`,
  undo: svg`<path d="M5.250 2.750 2.500 5.500l2.750 2.750M2.750 5.500H9.500a4 4 0 0 1 0 8H6"/>`,
  mute: svg`<path d="M3.750 11.500h8.500l-1-1.750V6.500a3.250 3.250 0 0 0-6.500 0v3.250ZM6.750 13.500h2.500M2 2l12 12"/>`,
  gpu: svg`<rect x="2" y="4" width="12" height="7.500" rx="1"/><circle cx="6" cy="7.750" r="1.750"/><circle cx="10.750" cy="7.750" r="1.250"/><path d="M4.500 11.500v2m3-2v2"/>`,
  search: svg`<circle cx="7" cy="7" r="4.500"/><path d="m10.250 10.250 3.500 3.500"/>`,
  close: svg`<path d="m4 4 8 8m0-8-8 8"/>`,
  pause: svg`<path d="M5.500 3v10m5-10v10"/>`,
  follow: svg`<path d="M8 2.250v8m-3.500-3.500L8 10.250l3.500-3.500M3 13.500h10"/>`,
  save: svg`<path d="M8 1.750v7.500m-3-3 3 3 3-3M2.250 10.500v3.250h11.500v-3.250"/>`,
  compare: svg`<path d="M2.250 5h9.500m-2.750-2.750L11.750 5 9 7.750M13.750 11h-9.500M7 8.250 4.250 11 7 13.750"/>`,
  list: svg`<path d="M2.250 4h.01M2.250 8h.01m-.01 4h.01M5 4h8.750M5 8h8.750M5 12h8.750"/>`,
  sparkle: svg`<path d="M8 1.750 9.500 6.500l4.750 1.500-4.750 1.500L8 14.250 6.500 9.500 1.750 8 6.500 6.500Z"/>`,
  filter: svg`<path d="M2 3h12L9.500 8.250v4.500l-3 1v-5.500Z"/>`,
  plus: svg`<path d="M8 3v10M3 8h10"/>`,
  minus: svg`<path d="M3 8h10"/>`,
  copy: svg`<rect x="5.250" y="5.250" width="8.500" height="8.500" rx="1"/><path d="M10.750 2.250h-8.500v8.500"/>`,
  open: svg`<path d="M9.250 2.250h4.500v4.500m0-4.500-6 6M6.750 3.250h-4v10h10v-4"/>`,
  trend: svg`<path d="m1.750 11.500 4-4.500 3 2.750 5.500-6m-3.750 0h3.750V7.500"/>`,
} as const satisfies Record<string, SVGTemplateResult>;

export type IconName = keyof typeof shapes;

/** An icon. Without a label it only repeats what the text beside it says, and screen readers pass over it. */
export function icon(name: IconName, label?: string): TemplateResult {
  const drawing = svg`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">${shapes[name]}</svg>`;
  return label === undefined
    ? html`${drawing}`
    : html`<span role="img" class="icon-box" aria-label=${label} title=${label}>${drawing}</span>`;
}
