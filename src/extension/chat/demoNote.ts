/** The names of real models come from the sidecar's doctor, which knows the machine; asked once, when it runs anyway. */
import type { DoctorReport, Status } from '../../protocol';
import { shortBytes } from '../../protocol/numbers';

/** `Qwen2.5-Coder 7B (4.4 GB), …` */
export function recommendedLine(recommended: DoctorReport['recommended']): string {
  return recommended.map((model) => `${model.name} (${shortBytes(model.bytes)})`).join(', ');
}

/** Whether the demonstration model answers, or would if the sidecar were started now. */
export function demoActive(status: Status, modelPath: string): boolean {
  return status.model ? status.model.demo : modelPath === '';
}
