export interface Tensor {
  name: string;
  /** Innermost first. */
  shape: number[];
  type?: 'f32' | 'q4_0' | 'q8_0' | 'q4_k';
  data(): Iterable<Buffer>;
}
/** Key, kind (u32, i32, f32, bool, string, array:<kind>) and value. */
export type Metadata = [string, string, unknown][];

export function elementCount(shape: number[]): number;
export function tensorBytes(tensor: Omit<Tensor, 'data'>): number;
export function ggufBytes(metadata: Metadata, tensors: Tensor[]): number;
export function writeGguf(path: string, metadata: Metadata, tensors: Tensor[]): Promise<void>;
