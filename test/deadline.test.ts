import { expect, test } from 'vitest';
import { commandTime, isPast } from '../src/deadline.ts';

function clock() {
  let ms = 1_000;
  const time = commandTime({ now: () => new Date(ms) });
  const pass = (more: number) => {
    ms += more;
  };
  return { time, pass };
}

test('a limit begins with the first request, not with the command', () => {
  const { time, pass } = clock();
  time.limit(5_000);
  pass(60_000);
  expect(time.isOver()).toBe(false);
  expect(time.deadline()).toBe(66_000);
  pass(4_000);
  expect(time.deadline()).toBe(66_000);
  expect(time.isOver()).toBe(false);
  pass(1_000);
  expect(time.isOver()).toBe(true);
});

test("the user's time at a prompt does not count, whether it is answered or not", async () => {
  const { time, pass } = clock();
  time.limit(5_000);
  expect(time.deadline()).toBe(6_000);
  await time.whileAsking(async () => pass(60_000));
  expect(time.deadline()).toBe(66_000);
  const declined = time.whileAsking(async () => {
    pass(10_000);
    throw new Error('declined');
  });
  await expect(declined).rejects.toThrow('declined');
  expect(time.deadline()).toBe(76_000);
});

test('a prompt before the first request leaves the limit to begin with that request', async () => {
  const { time, pass } = clock();
  time.limit(5_000);
  await time.whileAsking(async () => pass(60_000));
  expect(time.deadline()).toBe(66_000);
});

test('a command without a limit, or whose limit has ended, has no deadline', () => {
  const { time, pass } = clock();
  expect(time.deadline()).toBeUndefined();
  time.limit(5_000);
  time.deadline();
  time.limit(undefined);
  pass(60_000);
  expect([time.deadline(), time.isOver()]).toEqual([undefined, false]);
});

test.each([
  [949, false],
  [950, true],
  [1_001, true],
])('at %i ms a deadline of 1000 ms is past: %s', (nowMs, past) => {
  expect(isPast(1_000, { now: () => new Date(nowMs) })).toBe(past);
});
