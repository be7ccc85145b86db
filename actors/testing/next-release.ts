import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';
import { equipmentChartIdentity } from '../../statecharts/equipment/project.ts';

/** Version of the equipment chart in the release that follows this one. */
export const nextVersion = '99.0.0';

/** Builds the release after this one: its equipment chart has another version, hence another hash, and knows the way from the present one. */
export const nextRelease: Plugin = {
  name: 'next',
  setup(build) {
    const replace = (filter: RegExp, change: (source: string) => string) =>
      build.onLoad({ filter }, async ({ path }) => ({ contents: change(await readFile(path, 'utf8')), loader: 'ts' }));
    const { version, hash } = equipmentChartIdentity('motion');
    replace(/equipment\/chart\.ts$/, source => source.replace(`version: '${version}'`, `version: '${nextVersion}'`));
    const step = `{ from: ${JSON.stringify({ version, hash })}, to: '${nextVersion}', state: state => state, value: value => value }`;
    replace(/equipment\/migrations\/migrations\.ts$/, source => source.replace(' = [', ` = [${step}, `));
  },
};
