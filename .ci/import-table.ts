/**
 * The import table of the architecture as data: `statecharts <- machines <- actors <- gateway <- ui`, everything imports leftwards.
 * A folder name ends in '/'. The first entry that fits a file is its rule.
 */
export interface RoomRule {
  readonly from: string;
  /** Folders and files that may be imported beside the own folder; `types:` in front allows types only. */
  readonly rooms: readonly string[];
  /** npm packages; `*` is any, `node:` the built-in modules. */
  readonly packages: readonly string[];
  readonly because: string;
}

const anything = ['statecharts/', 'machines/', 'actors/', 'gateway/', 'ui/', 'scripts/', 'bench/', 'tests/', '.ci/'];

export const roomRules: readonly RoomRule[] = [
  {
    from: 'statecharts/',
    rooms: [],
    packages: ['xstate', 'zod'],
    because: 'statecharts are pure: no I/O, no clock, no Node; they run in the browser and in proofs too',
  },
  {
    from: 'machines/',
    rooms: ['types:statecharts/'],
    packages: ['*', 'node:'],
    because: 'drivers translate and decide nothing: of the charts they know only the types',
  },
  {
    from: 'actors/',
    rooms: [
      'statecharts/',
      'machines/driver.ts',
      'machines/progress.ts',
      'machines/refusal.ts',
      'machines/catalog.ts',
      'machines/links/',
      'machines/gcode/',
    ],
    packages: ['*', 'node:'],
    because: 'the runtime knows drivers through their contract and the catalog, never one driver by name',
  },
  {
    from: 'gateway/contract/',
    rooms: ['statecharts/'],
    packages: ['zod'],
    because: 'the contract is shared with the browser',
  },
  {
    from: 'gateway/',
    rooms: ['actors/', 'statecharts/'],
    packages: ['*', 'node:'],
    because: 'the gateway asks owners and never speaks to hardware: nodes announce what they can drive',
  },
  {
    from: 'ui/companion/',
    rooms: ['gateway/contract/', 'statecharts/', 'ui/client/'],
    packages: ['*', 'node:'],
    because: 'every client goes through the contract',
  },
  {
    from: 'ui/terminal/',
    rooms: ['gateway/contract/', 'statecharts/', 'ui/client/'],
    packages: ['*', 'node:'],
    because: 'every client goes through the contract',
  },
  {
    from: 'ui/',
    rooms: ['gateway/contract/', 'statecharts/'],
    packages: ['*'],
    because: 'the interface knows the product only through its contract and the charts',
  },
  { from: 'bench/', rooms: anything, packages: ['*', 'node:'], because: 'measures anything' },
  { from: 'scripts/', rooms: anything, packages: ['*', 'node:'], because: 'programs around the product' },
  { from: 'tests/', rooms: anything, packages: ['*', 'node:'], because: 'tests of the whole product' },
  { from: '.ci/', rooms: anything, packages: ['*', 'node:'], because: 'checks of the tree' },
];

/** A package that one file of a room stands for: nothing else of the room imports it at run time, tests and test tools apart. */
export interface SeamRule {
  readonly room: string;
  readonly package: string;
  readonly file: string;
  readonly lines: number;
  readonly because: string;
}

export const seamRules: readonly SeamRule[] = [
  {
    room: 'actors/',
    package: 'xstate',
    file: 'actors/system/chart-actor.ts',
    lines: 500,
    because: 'the next version of XState must be a swap of one small file',
  },
];

/** What a test, and a tool of tests, may import beyond its folder's rule. */
export const testRule = {
  isTest: /\.test\.tsx?$/,
  isTool: /\/testing\//,
  rooms: /^machines\/([a-z0-9-]+\/simulator(\.ts$|\/)|conformance(\.ts$|\/))/,
};

/**
 * Order inside a room, lowest level first. Run-time imports go to the own part, to parts of the same level or of a lower one; types are
 * free. That files of one level do not need one another in a circle is checked for the whole tree.
 */
export interface InnerOrder {
  readonly room: string;
  readonly levels: readonly (readonly string[])[];
  /** Every part of the room that is not named stands on this level, and its like may be imported only through its index.ts. */
  readonly otherLevel?: number;
  /** Parts that nobody in the order may import, and the parts they may import themselves; `*` is every part. */
  readonly beside: Readonly<Record<string, readonly string[]>>;
}

export const innerOrders: readonly InnerOrder[] = [
  {
    room: 'machines/',
    levels: [
      ['links', 'gcode', 'simulation'],
      ['driver.ts', 'progress.ts', 'refusal.ts'],
      [],
      ['catalog.ts', 'conformance', 'conformance.ts'],
    ],
    otherLevel: 2,
    beside: {},
  },
  {
    room: 'actors/',
    levels: [
      ['config.ts', 'node-paths.ts', 'stop', 'telemetry', 'transport', 'storage'],
      ['system'],
      ['supervision'],
      ['placement', 'site'],
      ['equipment', 'jobs'],
      ['node.ts'],
      ['main.ts'],
    ],
    beside: { launcher: ['config.ts', 'transport', 'storage'], testing: ['*'] },
  },
  {
    room: 'gateway/',
    levels: [
      ['contract'],
      ['http', 'ws', 'auth'],
      ['files', 'projects', 'site'],
      ['equipment', 'jobs'],
      ['ai'],
      ['terminal', 'companions'],
      ['system'],
      ['server.ts'],
      ['main.ts'],
    ],
    beside: { 'stop-lane': ['contract', 'http', 'ws', 'auth'], testing: ['*'] },
  },
];
