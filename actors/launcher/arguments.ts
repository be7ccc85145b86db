/** What was asked on the command line. */
export interface LaunchArguments {
  /** `launcher` runs everything, `migrate` only brings the database up to date. */
  readonly role: 'launcher' | 'migrate';
  /** `first-start`: the demo workshop appears once, in an empty database; `wanted`: now; `unwanted`: never. */
  readonly demo: 'first-start' | 'wanted' | 'unwanted';
  /** How much faster than life the demo's machines move; the wire keeps its real speed. */
  readonly demoSpeed: number;
  /** True writes every byte on the demo's wires to `logs/<equipment>.wire.jsonl`. */
  readonly demoLog: boolean;
}

export type ArgumentsResult =
  | { readonly ok: true; readonly arguments: LaunchArguments }
  | { readonly ok: false; readonly sentence: string };

const usage = 'Known are --role launcher|migrate, --demo, --no-demo, --demo-speed N and --demo-log.';

type Draft = { -readonly [Key in keyof LaunchArguments]: LaunchArguments[Key] };

/** Takes the words after an option that it consumes; false refuses the option. */
const options: Readonly<Record<string, (draft: Draft, rest: string[]) => boolean>> = {
  '--role': (draft, rest) => {
    const role = rest.shift();
    if (role !== 'launcher' && role !== 'migrate') return false;
    draft.role = role;
    return true;
  },
  '--demo': draft => {
    draft.demo = 'wanted';
    return true;
  },
  '--no-demo': draft => {
    draft.demo = 'unwanted';
    return true;
  },
  '--demo-speed': (draft, rest) => {
    draft.demoSpeed = Number(rest.shift());
    return draft.demoSpeed > 0 && Number.isFinite(draft.demoSpeed);
  },
  '--demo-log': draft => {
    draft.demoLog = true;
    return true;
  },
};

/** Reads the command line; never throws. */
export function readArguments(words: readonly string[]): ArgumentsResult {
  const draft: Draft = { role: 'launcher', demo: 'first-start', demoSpeed: 1, demoLog: false };
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const option = options[word];
    if (!option?.(draft, rest)) return { ok: false, sentence: `${word} is not understood. ${usage}` };
  }
  return { ok: true, arguments: draft };
}
