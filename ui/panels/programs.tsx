import { useEffect, useRef, useState } from 'preact/hooks';
import type { FileEntry } from '../../gateway/contract/resources.ts';
import type { ApiError } from '../client/api.ts';
import { checkFor, jobId, jobsOf, listFiles, uploadFile } from '../client/programs.ts';
import { CommandKey } from '../components/command-key.tsx';
import { useCell, useServices } from '../components/hooks.ts';
import { Trouble } from '../components/trouble.tsx';
import { useStatus } from '../components/verdicts.ts';
import { CheckResult } from './check-result.tsx';

/** Upload, choose, check, load. Nothing reaches the machine before the check passed and somebody loaded and started it. */
export function ProgramsPanel({ equipment }: { equipment: string }) {
  const programs = usePrograms(equipment);
  const status = useStatus(equipment);
  const { store } = useServices();
  const jobs = jobsOf(useCell(store.jobs), equipment);
  const chosen = jobs.find(job => jobId(job) === programs.chosen) ?? jobs.find(job => jobId(job) === status?.job?.id) ?? jobs[0];
  return (
    <div class="programs">
      <UploadKey busy={programs.busy} upload={programs.upload} />
      {programs.busy && (
        <button type="button" class="btn" onClick={programs.cancel}>
          Cancel the upload
        </button>
      )}
      <Trouble error={programs.error} />
      <div class="programs__check">
        {chosen ? (
          <CheckResult job={chosen} equipment={equipment} />
        ) : (
          <p class="label">Choose a program: it is checked line by line for this machine before anything is sent.</p>
        )}
        {status?.job && <CommandKey equipment={equipment} command="UNLOAD_JOB" label={`Unload ${status.job.name}`} />}
      </div>
      <div class="programs__files">
        <h3 class="label">Stored programs</h3>
        <ul class="files" aria-label="Stored programs">
          {programs.files.map(file => (
            <li key={file.id}>
              <span class="files__name">
                <b class="cut">{file.name}</b>
                <span class="label">{sizeText(file.size)}</span>
              </span>
              <button type="button" class="btn btn--touch" aria-label={`Check ${file.name}`} onClick={() => void programs.check(file.id)}>
                Check
              </button>
            </li>
          ))}
        </ul>
        {programs.files.length === 0 && !programs.busy && <p class="label">No program is stored yet.</p>}
      </div>
    </div>
  );
}

interface Programs {
  readonly files: readonly FileEntry[];
  readonly busy: string | null;
  readonly error: ApiError | null;
  /** Id of the job that this page had checked last. */
  readonly chosen: string | null;
  upload(file: File): Promise<void>;
  cancel(): void;
  check(file: string): Promise<void>;
}

function usePrograms(equipment: string): Programs {
  const { api } = useServices().session;
  const [files, setFiles] = useState<readonly FileEntry[]>([]);
  const [busy, setBusy] = useState<string | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const uploading = useRef<AbortController | null>(null);
  const reload = async (): Promise<void> => {
    const answer = await listFiles(api);
    if (answer.ok) setFiles(answer.value);
    else setError(answer.error);
  };
  useEffect(() => void reload(), [api, equipment]);
  const check = async (file: string): Promise<void> => {
    setError(null);
    const answer = await checkFor(api, file, equipment);
    if (answer.ok) setChosen(answer.value);
    else setError(answer.error);
  };
  const upload = async (file: File): Promise<void> => {
    setError(null);
    setBusy(`Uploading ${file.name}, ${sizeText(file.size)} …`);
    const controller = new AbortController();
    uploading.current = controller;
    const answer = await uploadFile(api, file, controller.signal);
    setBusy(null);
    if (controller.signal.aborted) return;
    if (!answer.ok) return setError(answer.error);
    await reload();
    await check(answer.value.id);
  };
  return { files, busy, error, chosen, upload, check, cancel: () => uploading.current?.abort() };
}

function UploadKey({ busy, upload }: { busy: string | null; upload: (file: File) => Promise<void> }) {
  return (
    <label class={busy ? 'btn btn--touch upload upload--busy' : 'btn btn--touch upload'}>
      <span role="status">{busy ?? 'Upload a program'}</span>
      <input
        type="file"
        class="upload__input"
        aria-label="Upload a program"
        disabled={busy !== null}
        onChange={event => {
          const input = event.currentTarget;
          const file = input.files?.[0];
          if (file) void upload(file);
          // So that choosing the same file again, after it was changed, is a change.
          input.value = '';
        }}
      />
    </label>
  );
}

function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
