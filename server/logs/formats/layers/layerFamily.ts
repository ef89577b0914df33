import { findTimeLayouts } from '../findTimeLayout.ts';
import type { DetectInner, Detection, FormatFamily, SampleFacts } from '../formatFamily.ts';
import { HeadProgram } from '../headProgram.ts';
import { levelOfText } from '../levelWords.ts';
import { createHead, type FormatPlan, type LogFormat, resetHead } from '../logFormat.ts';
import { type SampleLines, sampleOf, thinned } from '../sampleLines.ts';
import { layoutOf, startOf } from '../text/detectHeads.ts';
import { type LayerEntry, layerEntries } from './layerEntries.ts';
import { LayeredFormat } from './layeredFormat.ts';

interface LayerOptions {
  layout: string;
  inner: FormatPlan;
}

const ASKED = 300;
/** Share of lines that must have the prefix. */
const COVERED = 0.9;
/** Formats that explain anything prove nothing. */
const WEAK = new Set(['plain', 'learned', 'level-first', 'dmesg', 'go', 'github-actions', 'npm']);
/** More programs than that do not write one log. */
const MOST_SOURCES = 60;

/** The prefixes that containers, supervisors and syslog put around the lines of other programs. */
export const layerFamily: FormatFamily = {
  id: 'layer',
  detect(all, facts, inner) {
    if (!inner) return undefined;
    const sample = thinned(all, ASKED);
    let best: Detection | undefined;
    for (const entry of layerEntries) {
      const found = detectLayer(entry, sample, all, facts, inner);
      if (found && found.score > (best?.score ?? 0)) best = found;
    }
    return best;
  },
  create(plan, inner): LogFormat | undefined {
    const entry = layerEntries.find(({ id }) => plan.id === `layer-${id}`);
    if (!entry) return undefined;
    const options = plan.options as LayerOptions;
    return new LayeredFormat(plan, entry, options.layout, inner(options.inner));
  },
};

function detectLayer(
  entry: LayerEntry,
  sample: SampleLines,
  all: SampleLines,
  facts: SampleFacts,
  inner: DetectInner,
): Detection | undefined {
  const layout = layoutOf(entry.pattern, sample);
  if (layout === undefined || (entry.layout && !entry.layout.test(layout))) return undefined;
  const quick = contentsOf(entry, layout, sample);
  if (quick.share < COVERED || (entry.several && !namesSources(quick.sources))) return undefined;
  const { share, contents } = contentsOf(entry, layout, all);
  const lines = sampleOf(contents);
  const innerPlan = inner(lines, facts);
  const nanoseconds = entry.id === 'timestamped' && hasNanoseconds(sample);
  if (entry.strong && !nanoseconds && (WEAK.has(innerPlan.id) || innerPlan.id.startsWith('syslog'))) return undefined;
  const options: LayerOptions = { layout, inner: innerPlan };
  const plan: FormatPlan = {
    id: `layer-${entry.id}`,
    title: `${innerPlan.title} in ${entry.title}`,
    zoneMinutes: facts.zoneMinutes ?? 0,
    ...startOf([{ pattern: entry.pattern, layout }], sample, facts),
    options,
  };
  return { plan, score: share };
}

function contentsOf(
  entry: LayerEntry,
  layout: string,
  sample: SampleLines,
): { share: number; contents: Uint8Array[]; sources: Set<string> } {
  const program = new HeadProgram(entry.pattern, layout, { zoneMinutes: 0 });
  const head = createHead();
  const contents: Uint8Array[] = [];
  const sources = new Set<string>();
  let lines = 0;
  for (let line = 0; line < sample.count; line += 1) {
    const [start, end] = [sample.starts[line] as number, sample.ends[line] as number];
    if (start === end) continue;
    lines += 1;
    resetHead(head, start, end);
    const content = program.run(sample.bytes, start, end, head);
    if (content < 0) continue;
    contents.push(sample.bytes.subarray(content, end));
    sources.add(new TextDecoder().decode(sample.bytes.subarray(head.componentStart, head.componentEnd)));
  }
  return { share: contents.length / Math.max(1, lines), contents, sources };
}

/** Names of services, not levels and not times that stand ahead of a bar by chance. */
function namesSources(sources: ReadonlySet<string>): boolean {
  if (sources.size > MOST_SOURCES) return false;
  return [...sources].every((source) => {
    const bytes = new TextEncoder().encode(source);
    return /[A-Za-z]/.test(source) && levelOfText(source) === 0 && findTimeLayouts(bytes, 0, bytes.length).length === 0;
  });
}

/** docker and kubectl write nine digits of a second, GitHub seven: no logger writes them of its own accord. */
function hasNanoseconds(sample: SampleLines): boolean {
  let found = 0;
  for (let line = 0; line < sample.count; line += 1) {
    const text = new TextDecoder().decode(
      sample.bytes.subarray(sample.starts[line], (sample.starts[line] as number) + 36),
    );
    if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7,9}Z /.test(text)) found += 1;
  }
  return found >= COVERED * sample.count;
}
