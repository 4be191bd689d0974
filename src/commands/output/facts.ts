import type { ServerNotebook } from '../../notebooks/notebook.ts';
import { formatDistance, formatIsoDuration } from '../../terminal/age.ts';
import type { Display, Line } from '../../terminal/report.ts';
import { sizeText } from './amount.ts';

/** A row of `show`; without a value it is left out. */
export type Fact = readonly [label: string, value: string | null];

export function linesOf(facts: readonly Fact[]): readonly Line[] {
  return facts.flatMap(([label, text]) =>
    text === null ? [] : [{ head: label.padEnd(10), text, indent: ' '.repeat(11) }],
  );
}

/** What state the notebook is in, and in which VM. */
export function stateFacts({
  status,
  nova,
  fault,
  notice,
  id,
  vmName,
}: ServerNotebook): readonly Fact[] {
  const task = nova.taskState === null ? '' : `, ${nova.taskState}`;
  return [
    ['Status', `${status} (Nova: ${nova.status}${task})`],
    ['Fault', fault],
    ['Notice', notice],
    ['VM', `${id} (${vmName})`],
  ];
}

/** `imageStatus`: Glance's; null if it is unknown. */
export function vmFacts(
  { size, image, address }: ServerNotebook,
  imageStatus: string | null = null,
): readonly Fact[] {
  const imageName = image.name ?? image.id;
  const isUsual = imageStatus === null || imageStatus === 'active';
  return [
    ['Size', `${size.name}: ${sizeText(size)}`],
    ['Image', isUsual ? imageName : `${imageName} (${imageStatus})`],
    ['Address', address],
  ];
}

/** Since when and until when it exists, and how it is marked. */
export function lifeFacts(
  {
    createdAt,
    expiresAt,
    idleTimeout,
    labels,
    guests,
    staffKeys,
    protected: isProtected,
  }: ServerNotebook,
  { isTty, now }: Pick<Display, 'isTty' | 'now'>,
): readonly Fact[] {
  const time = (timestamp: string) =>
    isTty ? `${formatDistance(timestamp, now())} (${timestamp})` : timestamp;
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return [
    ['Created', time(createdAt)],
    ['Expires', expiresAt && time(expiresAt)],
    ['Idle stop', idleTimeout && isTty ? formatIsoDuration(idleTimeout) : idleTimeout],
    ['Labels', pairs.join(', ') || null],
    ['Guests', guests.join(', ') || null],
    ['Staff key', staffKeys?.join(', ') || null],
    ['Protected', isProtected ? 'yes' : null],
  ];
}
