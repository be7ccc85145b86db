import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const peer = { WIT_PEER_CERT_FILE: '/c', WIT_PEER_KEY_FILE: '/k', WIT_PEER_CA_FILE: '/a' };

test('[S24] a line for stop lanes of other computers is opened only with a certificate, a key and an authority', () => {
  expect(readConfig({ WIT_STOP_LINE: '10.0.0.5:8002' })).toMatchObject({
    ok: false,
    sentence: expect.stringContaining('WIT_PEER_CERT_FILE'),
  });
  const config = { stopLine: '10.0.0.5:8002', peer: { certFile: '/c', keyFile: '/k', caFile: '/a' } };
  expect(readConfig({ ...peer, WIT_STOP_LINE: '10.0.0.5:8002' })).toMatchObject({ ok: true, config });
});

test.each(Object.keys(peer))('[S24] without %s the other two are refused', missing => {
  const some = Object.fromEntries(Object.entries(peer).filter(([name]) => name !== missing));
  expect(readConfig(some)).toMatchObject({ ok: false, sentence: expect.stringContaining('needed together') });
});

test.each(['8002', 'node-1', 'node-1:', ':8002', 'https://node-1:8002', 'node 1:8002'])('refuses %s as the address of a line', address => {
  expect(readConfig({ ...peer, WIT_STOP_LINE: address })).toMatchObject({ ok: false, sentence: expect.stringContaining('WIT_STOP_LINE') });
});

test.each(['node-1:8002', '10.0.0.5:8002', '[fd00::1]:8002'])('takes %s as the address of a line', address => {
  expect(readConfig({ ...peer, WIT_STOP_LINE: address })).toMatchObject({ ok: true, config: { stopLine: address } });
});
