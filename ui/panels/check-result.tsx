import type { Check, JobStatus } from '../../statecharts/job/status.ts';
import { jobId } from '../client/programs.ts';
import { CommandKey } from '../components/command-key.tsx';
import { Icon } from '../components/icon.tsx';

/** What the check found, problem by problem with its line, and the key that loads a program that passed. */
export function CheckResult({ job, equipment }: { job: JobStatus; equipment: string }) {
  const { check } = job;
  return (
    <section class="check" aria-label={`Check of ${job.name}`}>
      <div class="head">
        <h3 class="cut">{job.name}</h3>
        <span class="grow" />
        <span class="chip">{job.state}</span>
      </div>
      {!check && job.state === 'checking' && (
        <p role="status" class="label">
          Checking line by line …
        </p>
      )}
      {check && <Findings check={check} />}
      {job.state === 'ready' && (
        <CommandKey equipment={equipment} command="LOAD_JOB" args={{ job: jobId(job) }} label="LOAD" hint={`onto this machine`}>
          LOAD
        </CommandKey>
      )}
    </section>
  );
}

function Findings({ check }: { check: Check }) {
  return (
    <>
      <p class={check.ok ? 'check__ok' : 'check__no'}>
        <Icon name={check.ok ? 'check' : 'refused'} />
        <b>{check.ok ? 'Every line may be sent' : `${check.problemCount} ${check.problemCount === 1 ? 'line is' : 'lines are'} refused`}</b>
      </p>
      <dl class="kv">
        <dt>Lines to send</dt>
        <dd>{check.lines.toLocaleString('en')}</dd>
        <dt>Lines cleaned</dt>
        <dd>{check.cleaned.toLocaleString('en')}</dd>
        {check.bounds && <Bounds bounds={check.bounds} />}
      </dl>
      {check.problems.length > 0 && (
        <ol class="problems" aria-label="Problems by line">
          {check.problems.map(problem => (
            <li key={`${problem.line} ${problem.code}`}>
              <span class="num">{problem.line}</span>
              <span>
                <b>{problem.message}</b>
                <code>{problem.text}</code>
              </span>
              <code>{problem.code}</code>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function Bounds({ bounds: { min, max } }: { bounds: NonNullable<Check['bounds']> }) {
  return (['x', 'y', 'z'] as const).map(axis => (
    <>
      <dt>{axis.toUpperCase()} in machine coordinates</dt>
      <dd>
        {min[axis].toFixed(1)} to {max[axis].toFixed(1)}
      </dd>
    </>
  ));
}
