// Builds what the GPU benchmark measures (native/bench/CMakeLists.txt) and says in plain words what the machine lacks.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ensureSource, llamaVersion } from './llama-source.mjs';
import { root } from './paths.mjs';
import { run, step, StepError } from './steps.mjs';
import { ensureCompiler, which } from './tools.mjs';

const nvcc = () => which('nvcc') ?? ['/usr/local/cuda/bin/nvcc'].find(existsSync);

/** @throws {StepError} when no NVIDIA driver answers */
export async function requireGpu() {
  const wayOut =
    'Run on a machine with an NVIDIA GPU and its driver (nvidia-smi shows it), or measure the processor: --backend cpu; to compile for another machine: --build-only --arch 90';
  if (!which('nvidia-smi')) throw new StepError('No GPU is visible: nvidia-smi is missing', { wayOut });
  const listed = await run('nvidia-smi', ['-L'], { wayOut });
  if (!/^GPU 0/m.test(listed)) throw new StepError('No GPU is visible: nvidia-smi -L lists none', { wayOut });
}

/**
 * Builds ggml, both libllamas and the driver.
 * @param options.backend `cuda` or `cpu`
 * @param options.arch CUDA architecture, as in `90`; without: that of the GPU in this machine
 * @param options.cublas folder with `include` and `lib` of cuBLAS, where the toolkit lacks it
 * @returns the folder of the built files
 */
export async function buildBench({ backend, arch, cublas }) {
  await ensureCompiler();
  const compiler = nvcc();
  if (backend === 'cuda' && !compiler)
    throw new StepError('nvcc is missing: the CUDA toolkit compiles ggml for the GPU', {
      wayOut:
        'On Debian or Ubuntu, type: sudo apt-get install -y nvidia-cuda-toolkit (or install it from developer.nvidia.com/cuda-downloads)',
    });
  const bonsai = await ensureSource({ hooks: true });
  const stock = await ensureSource({ hooks: false });
  const build = join(root, 'native/build', `bench-${backend}`);
  const fresh = !existsSync(join(build, 'CMakeCache.txt'));
  await run('cmake', [
    ...['-S', join(root, 'native/bench'), '-B', build, ...(fresh && which('ninja') ? ['-G', 'Ninja'] : [])],
    ...[
      '-DCMAKE_BUILD_TYPE=Release',
      `-DLLAMA_CPP_BONSAI=${bonsai}`,
      `-DLLAMA_CPP_STOCK=${stock}`,
      `-DLLAMA_CPP_VERSION=${llamaVersion()}`,
    ],
    `-DGGML_CUDA=${backend === 'cuda' ? 'ON' : 'OFF'}`,
    // Built for another machine, the processor's part must not use all that this one can do.
    ...(arch ? [`-DCMAKE_CUDA_ARCHITECTURES=${arch}`, '-DGGML_NATIVE=OFF'] : []),
    ...(cublas ? [`-DCUBLAS_DIR=${cublas}`] : []),
    ...(backend === 'cuda' ? [`-DCMAKE_CUDA_COMPILER=${compiler}`] : []),
  ]);
  const minutes = backend === 'cuda' ? 'ten minutes or more' : 'two minutes';
  await step(`Compile ggml, both libllamas and the driver (${minutes} the first time)`, async () => {
    await run('cmake', ['--build', build, '--parallel', String(availableParallelism())]);
  });
  return join(build, 'bin');
}
