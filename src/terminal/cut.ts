import { paletteCodes } from './clean.ts';
import type { Measure } from './measure.ts';

/** The beginning of a cell, with an ellipsis, if the cell is too wide; its colours are still switched off. */
export function cutTo(cell: string, maxWidth: number, width: Measure): string {
  if (width(cell) <= maxWidth) return cell;
  let left = maxWidth - 1;
  const keep = (part: string): string => {
    let kept = '';
    for (const { segment } of new Intl.Segmenter().segment(part)) {
      left -= width(segment);
      if (left < 0) return kept;
      kept += segment;
    }
    return kept;
  };
  const parts = cell
    .split(paletteCodes)
    .map((part, index) => (index % 2 === 1 ? part : keep(part)));
  const last = parts.findLastIndex((part, index) => index % 2 === 0 && part !== '');
  return parts.map((part, index) => (index === last ? `${part}…` : part)).join('');
}
