import { useEffect, useState } from 'preact/hooks';
import type { z } from 'zod';
import { commandPath } from '../../gateway/contract/resources.ts';
import type { PathStep } from '../../statecharts/equipment/path-answer.ts';
import { CommandKey } from './command-key.tsx';
import { useServices } from './hooks.ts';
import type { WhyQuestion } from './why.ts';

type Path = z.infer<typeof commandPath>;

/** The steps that lead to the command, in order, with who does each; asked anew whenever the reasons against it change. */
export function WayOut({ question, reasons }: { question: WhyQuestion; reasons: string }) {
  const path = useWayOut(question, reasons);
  if (path === null) return null;
  if (path.outcome === 'path') return path.steps.length > 0 ? <Steps path={path} question={question} /> : null;
  return (
    <section class="way-out" aria-label="The way out">
      <h3>{path.complete ? 'No step at the machine changes this' : 'No short way was found'}</h3>
      <ul>
        {path.missing.map(({ reason, who }) => (
          <li key={reason.code}>
            {reason.message} {who}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Steps({ path, question }: { path: Extract<Path, { outcome: 'path' }>; question: WhyQuestion }) {
  return (
    <section class="way-out" aria-label="The way out">
      <h3>Shortest way to {question.label}</h3>
      <ol>
        {path.steps.map((step, i) => (
          <li key={i}>
            <StepText step={step} />
            {i === 0 && <StepKey step={step} equipment={question.equipment} />}
          </li>
        ))}
      </ol>
    </section>
  );
}

function StepText({ step }: { step: PathStep }) {
  return (
    <>
      {step.text} {step.kind === 'happening' && <span class="label">{step.who}</span>}
    </>
  );
}

/** Only the first step can be taken now, and only by whom it is for; the next ones show what comes. */
function StepKey({ step, equipment }: { step: PathStep; equipment: string }) {
  const { session } = useServices();
  if (step.who !== 'you') return null;
  if (step.kind === 'presence')
    return (
      <button type="button" class="btn btn--touch" onClick={() => void session.statePresence(equipment)}>
        I am at the machine
      </button>
    );
  if (step.command === undefined || step.choose !== undefined) return null;
  return (
    <CommandKey
      equipment={equipment}
      command={step.command}
      {...(step.args ? { args: step.args } : {})}
      label={`Step 1: ${step.text}`}
      children={step.command}
    />
  );
}

/** Null while it is not known, or nobody answers: the reasons stand there without it. */
function useWayOut({ equipment, command, args }: WhyQuestion, reasons: string): Path | null {
  const { api } = useServices().session;
  const [path, setPath] = useState<Path | null>(null);
  const query = args ? `?args=${encodeURIComponent(JSON.stringify(args))}` : '';
  useEffect(() => {
    const asking = new AbortController();
    const route = `equipment/${encodeURIComponent(equipment)}/commands/${command}/path${query}`;
    void api.ask({ method: 'GET', path: route, answer: commandPath, signal: asking.signal }).then(answer => {
      if (!asking.signal.aborted) setPath(answer.ok ? answer.value : null);
    });
    return () => asking.abort();
  }, [api, equipment, command, query, reasons]);
  return path;
}
