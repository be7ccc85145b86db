import type { ApiError } from '../client/api.ts';
import { Icon } from './icon.tsx';

/** What went wrong with a request, in words, with its code beside. */
export function Trouble({ error }: { error: ApiError | null }) {
  if (!error) return null;
  return (
    <div class="trouble" role="alert">
      <Icon name="attention" />
      <div>
        <p>
          {error.detail || error.title} <code>{error.code}</code>
        </p>
        {error.reasons?.map(reason => (
          <p key={reason.message}>{reason.message}</p>
        ))}
      </div>
    </div>
  );
}
