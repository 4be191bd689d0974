import { expect, test } from 'vitest';
import { isBeingDeleted, isOff, isOn, isUnderWay, statusOf } from '../../src/notebooks/status.ts';
import { serverWith } from '../support/server.ts';

test.each`
  status                 | taskState                          | shown
  ${'BUILD'}             | ${null}                            | ${'creating'}
  ${'BUILD'}             | ${'scheduling'}                    | ${'creating'}
  ${'BUILD'}             | ${'spawning'}                      | ${'creating'}
  ${'BUILD'}             | ${'deleting'}                      | ${'deleting'}
  ${'ACTIVE'}            | ${null}                            | ${'running'}
  ${'ACTIVE'}            | ${'powering-off'}                  | ${'stopping'}
  ${'ACTIVE'}            | ${'rebooting'}                     | ${'starting'}
  ${'ACTIVE'}            | ${'image_snapshot'}                | ${'running'}
  ${'ACTIVE'}            | ${'shelving'}                      | ${'stopping'}
  ${'ACTIVE'}            | ${'deleting'}                      | ${'deleting'}
  ${'REBOOT'}            | ${null}                            | ${'starting'}
  ${'REBOOT'}            | ${'reboot_started'}                | ${'starting'}
  ${'HARD_REBOOT'}       | ${'rebooting_hard'}                | ${'starting'}
  ${'SHUTOFF'}           | ${null}                            | ${'stopped'}
  ${'SHUTOFF'}           | ${'powering-on'}                   | ${'starting'}
  ${'SHUTOFF'}           | ${'soft-deleting'}                 | ${'deleting'}
  ${'ACTIVE'}            | ${'shelving_image_pending_upload'} | ${'stopping'}
  ${'ACTIVE'}            | ${'shelving_image_uploading'}      | ${'stopping'}
  ${'SHELVED'}           | ${'shelving_offloading'}           | ${'stopping'}
  ${'SHELVED'}           | ${null}                            | ${'released'}
  ${'SHELVED_OFFLOADED'} | ${null}                            | ${'released'}
  ${'SHELVED_OFFLOADED'} | ${'unshelving'}                    | ${'starting'}
  ${'SHELVED_OFFLOADED'} | ${'spawning'}                      | ${'starting'}
  ${'SHELVED'}           | ${'powering-on'}                   | ${'starting'}
  ${'DELETED'}           | ${null}                            | ${'deleting'}
  ${'SOFT_DELETED'}      | ${null}                            | ${'deleting'}
  ${'ERROR'}             | ${null}                            | ${'error'}
  ${'ERROR'}             | ${'powering-on'}                   | ${'error'}
  ${'UNKNOWN'}           | ${null}                            | ${'unknown'}
  ${'PAUSED'}            | ${null}                            | ${'unknown'}
  ${'constructor'}       | ${null}                            | ${'unknown'}
  ${'__proto__'}         | ${null}                            | ${'unknown'}
  ${'toString'}          | ${null}                            | ${'unknown'}
  ${'ACTIVE'}            | ${'constructor'}                   | ${'running'}
  ${'hasOwnProperty'}    | ${'__proto__'}                     | ${'unknown'}
`('a server in $status with the task $taskState is $shown', ({ status, taskState, shown }) => {
  expect(statusOf(serverWith({ status, taskState }))).toBe(shown);
});

test.each`
  status           | underWay | on       | off
  ${'creating'}    | ${true}  | ${true}  | ${false}
  ${'starting'}    | ${true}  | ${true}  | ${false}
  ${'ready'}       | ${false} | ${true}  | ${false}
  ${'running'}     | ${false} | ${true}  | ${false}
  ${'unreachable'} | ${false} | ${true}  | ${false}
  ${'stopping'}    | ${true}  | ${false} | ${true}
  ${'stopped'}     | ${false} | ${false} | ${true}
  ${'released'}    | ${false} | ${false} | ${true}
  ${'deleting'}    | ${true}  | ${false} | ${false}
  ${'error'}       | ${false} | ${false} | ${false}
  ${'unknown'}     | ${false} | ${false} | ${false}
`(
  'a notebook that is $status: under way $underWay, on $on, off $off',
  ({ status, underWay, on, off }) => {
    expect([isUnderWay(status), isOn(status), isOff(status)]).toEqual([underWay, on, off]);
  },
);

test.each([
  ['ACTIVE', null, false],
  ['ACTIVE', 'deleting', true],
  ['BUILD', 'deleting', true],
  ['ACTIVE', 'soft-deleting', true],
  ['SOFT_DELETED', null, true],
  ['DELETED', null, true],
  ['ERROR', null, false],
  ['SHUTOFF', 'powering-on', false],
] as const)(
  'the deletion of a server in %s with the task %s has begun: %s',
  (status, task, begun) => {
    expect(isBeingDeleted(serverWith({ status, taskState: task }))).toBe(begun);
  },
);
