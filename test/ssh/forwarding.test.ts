import { expect, test } from 'vitest';
import { failureReason } from '../../src/ssh/forwarding.ts';

test.each([
  ['port', 'bind [127.0.0.1]:23157: Address already in use'],
  ['port', 'channel_setup_fwd_listener_tcpip: cannot listen to port: 23157'],
  ['port', 'Could not request local forwarding.'],
  ['host key', 'Host key verification failed.'],
  ['host key', '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @'],
  ['login', 'alice@172.16.102.207: Permission denied (publickey).'],
  ['login', 'Received disconnect from 172.16.102.207: 2: Too many authentication failures'],
  ['connection', 'ssh: connect to host 172.16.102.207 port 22: Connection refused'],
  ['connection', 'kex_exchange_identification: Connection closed by remote host'],
  ['connection', ''],
])('failureReason is %s for %j', (reason, line) => {
  expect(failureReason(['Warning: first line', line, ''])).toBe(reason);
});

test('failureReason prefers a taken port to a failed login', () => {
  expect(failureReason(['Permission denied (publickey).', 'Address already in use'])).toBe('port');
});

test('failureReason without any line is connection', () => {
  expect(failureReason([])).toBe('connection');
});
