import { Component, type ComponentChildren } from 'preact';

interface State {
  readonly failure: string | null;
}

/** Keeps a mistake in what it holds from taking away the rest of the page: the stop keys stand outside of every boundary. */
export class Boundary extends Component<{ children: ComponentChildren }, State> {
  override state: State = { failure: null };

  static override getDerivedStateFromError(error: unknown): State {
    return { failure: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    if (this.state.failure === null) return this.props.children;
    return (
      <div class="lost" role="alert">
        <p>This part of the page failed and shows nothing. The stop still works; reload the page to get the rest back.</p>
        <p>
          <code>{this.state.failure}</code>
        </p>
      </div>
    );
  }
}
