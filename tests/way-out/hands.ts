import { connect } from 'node:net';

/** What is done to a machine by hands: one verb of its simulator. */
export type Hands = (verb: Readonly<Record<string, unknown>> & { readonly verb: string }) => Promise<void>;

/** Hands at a simulator that the launcher runs, through its control socket. */
export function handsAt(control: string): Hands {
  return verb =>
    new Promise((done, fail) => {
      const socket = connect(control, () => socket.write(`${JSON.stringify(verb)}\n`));
      socket.once('error', fail);
      socket.once('data', answer => {
        socket.end();
        if (String(answer).includes('"ok":true')) done();
        else fail(new Error(`${JSON.stringify(verb)}: ${String(answer)}`));
      });
    });
}
