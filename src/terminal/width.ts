import type { OutputStream } from '../world.ts';

const usualWidth = 80;
const usualHeight = 24;
/** A spinner with its text needs this much; in less, each frame would be many lines. */
const minAnimatedWidth = 20;

/** The columns of a terminal. Those of `script`, expect and `docker exec -t` may have 0, or none at all. */
export function widthOf({ columns }: Pick<OutputStream, 'columns'>): number {
  return columns !== undefined && columns > 0 ? columns : usualWidth;
}

/** The lines of a terminal, which may be unknown as well. */
export function heightOf({ rows }: Pick<OutputStream, 'rows'>): number {
  return rows !== undefined && rows > 0 ? rows : usualHeight;
}

/** Without a width, the library of the spinner would clear infinitely many lines. */
export function canAnimate({ columns }: Pick<OutputStream, 'columns'>): boolean {
  return columns !== undefined && columns >= minAnimatedWidth;
}

/** Calls the listener when the terminal's size changes; returns a function that ends this. */
export function onResize(stream: OutputStream, listener: () => void): () => void {
  stream.on('resize', listener);
  return () => void stream.off('resize', listener);
}
