/**
 * When a repository's HEAD moves (another branch, a commit, a step of a rebase), anything may have changed. Git
 * reports every change of its status; only those of HEAD count here, since files are watched anyway.
 */

/** The part of the built-in git extension's API, version 1, that is needed. */
export interface GitApi {
  readonly repositories: readonly GitRepository[];
  readonly onDidOpenRepository: (listener: (repository: GitRepository) => void) => { dispose(): unknown };
  readonly onDidCloseRepository: (listener: (repository: GitRepository) => void) => { dispose(): unknown };
}
export interface GitRepository {
  readonly state: {
    /** Undefined until git has been asked for the first time. */
    readonly HEAD: { readonly name?: string | undefined; readonly commit?: string | undefined } | undefined;
    readonly onDidChange: (listener: () => void) => { dispose(): unknown };
  };
}

export class GitHeads {
  readonly #subscriptions: { dispose(): unknown }[];
  readonly #repositories = new Map<GitRepository, { dispose(): unknown }>();

  constructor(
    git: GitApi,
    private readonly onMove: () => void,
  ) {
    for (const repository of git.repositories) this.#follow(repository);
    this.#subscriptions = [
      git.onDidOpenRepository((repository) => this.#follow(repository)),
      git.onDidCloseRepository((repository) => {
        this.#repositories.get(repository)?.dispose();
        this.#repositories.delete(repository);
      }),
    ];
  }

  dispose(): void {
    for (const subscription of [...this.#subscriptions, ...this.#repositories.values()]) subscription.dispose();
  }

  #follow(repository: GitRepository): void {
    if (this.#repositories.has(repository)) return;
    let known = headOf(repository);
    const subscription = repository.state.onDidChange(() => {
      const now = headOf(repository);
      const moved = known !== undefined && now !== known;
      known = now;
      if (moved) this.onMove();
    });
    this.#repositories.set(repository, subscription);
  }
}

function headOf({ state: { HEAD } }: GitRepository): string | undefined {
  return HEAD && `${HEAD.name ?? ''}@${HEAD.commit ?? ''}`;
}
