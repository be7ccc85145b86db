import { decodeJson, encodeJson, type Messages } from './messages.ts';
import { parseSubject } from './subjects.ts';

/** A message as its receiver sees it. */
export interface Heard {
  /** null when it was no JSON. */
  readonly body: unknown;
  /** Last token of the subject. */
  readonly name: string;
  /** Whom it is for, without the kind. */
  readonly id: string;
  /** Answers a request; without a question nothing is sent. */
  reply(answer: unknown): void;
}

/** Listens on a subject for JSON. Returns the way to stop. */
export function listenJson(messages: Messages, to: string, heard: (message: Heard) => void): () => void {
  return messages.subscribe(to, message => {
    const name = message.subject.split('.').at(-1) ?? '';
    const id = parseSubject(message.subject)?.id ?? '';
    heard({ body: decodeJson(message.data), name, id, reply: answer => void message.respond(encodeJson(answer)) });
  });
}
