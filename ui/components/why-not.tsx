import { useEffect, useRef } from 'preact/hooks';
import type { Reason } from '../../statecharts/refusal.ts';
import { leftText } from '../client/lease.ts';
import { Icon } from './icon.tsx';
import { useDismiss } from './person-menu.tsx';
import { Remedy } from './remedy.tsx';
import { useVerdict, useView } from './verdicts.ts';
import { WayOut } from './way-out.tsx';
import type { WhyQuestion } from './why.ts';

/** All reasons why a command cannot be done now, each with its way out. Follows the machine while it is open. */
export function WhyNot({ question, close }: { question: WhyQuestion; close: () => void }) {
  const verdict = useVerdict(
    question.equipment,
    question.args ? { command: question.command, args: question.args } : { command: question.command },
  );
  const place = useRef<HTMLDivElement>(null);
  const closeKey = useRef<HTMLButtonElement>(null);
  useDismiss(place, close, true);
  useEffect(() => {
    const before = document.activeElement;
    closeKey.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <div class="why" role="dialog" aria-label={`Why not ${question.label}?`} ref={place}>
      <div class="head">
        <h2>Why not {question.label}?</h2>
        <span class="grow" />
        <span class="label">you, now</span>
        <button type="button" class="close" aria-label="Close" ref={closeKey} onClick={close}>
          <Icon name="close" size="s" />
        </button>
      </div>
      {verdict.allowed && <p class="why__free">Nothing stands in the way any more.</p>}
      {verdict.reasons.map(reason => (
        <ReasonItem key={`${reason.code} ${reason.message}`} reason={reason} equipment={question.equipment} />
      ))}
      {!verdict.allowed && <WayOut question={question} reasons={verdict.reasons.map(reason => reason.message).join()} />}
    </div>
  );
}

function ReasonItem({ reason, equipment }: { reason: Reason; equipment: string }) {
  const { now } = useView(equipment);
  return (
    <div class="reason">
      <Icon name="refused" />
      <b>
        {reason.message} <code>{reason.code}</code>
      </b>
      {reason.until !== undefined && reason.until > now && <p>Ends by itself in {leftText(reason.until, now)}.</p>}
      <Remedy reason={reason} equipment={equipment} />
    </div>
  );
}
