import type { FileEntry } from '../../gateway/contract/resources.ts';
import { createJobResponse, fileList, fileSchema } from '../../gateway/contract/resources.ts';
import type { JobStatus } from '../../statecharts/job/status.ts';
import type { Api, ApiResult } from './api.ts';

/** The stored programs, newest first. */
export async function listFiles(api: Api): Promise<ApiResult<readonly FileEntry[]>> {
  const answer = await api.ask({ method: 'GET', path: 'files', answer: fileList });
  return answer.ok ? { ok: true, value: [...answer.value.items].sort((a, b) => b.createdAt - a.createdAt) } : answer;
}

/** Stores a program as it is; what may run is decided by the check. */
export function uploadFile(api: Api, file: File, signal: AbortSignal): Promise<ApiResult<FileEntry>> {
  return api.ask({ method: 'POST', path: `files?name=${encodeURIComponent(file.name)}`, raw: file, answer: fileSchema, signal });
}

/** Has a file checked for one machine; the answer is the job's id. Its progress arrives on the topic `jobs`. */
export async function checkFor(api: Api, file: string, equipment: string): Promise<ApiResult<string>> {
  const answer = await api.ask({ method: 'POST', path: 'jobs', json: { file, equipment }, answer: createJobResponse });
  return answer.ok ? { ok: true, value: answer.value.id } : answer;
}

/** The bytes of a stored program as text, for drawing it. */
export function readProgram(api: Api, file: string): Promise<ApiResult<string>> {
  return api.text(`files/${file}/content`);
}

/** The jobs of one machine, by id (`mill-1`), newest first: job ids rise with time. */
export function jobsOf(jobs: ReadonlyMap<string, JobStatus>, equipment: string): readonly JobStatus[] {
  return [...jobs.values()]
    .filter(job => job.equipment.replace(/^equipment\//, '') === equipment)
    .sort((a, b) => (a.actor < b.actor ? 1 : -1));
}

/** `job/0192…` -> `0192…` */
export function jobId(job: JobStatus): string {
  return job.actor.replace(/^job\//, '');
}
