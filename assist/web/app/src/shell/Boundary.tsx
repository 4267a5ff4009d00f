// A part that fails takes only itself down, and says so.
import { Component, type ErrorInfo, type ReactNode } from 'react';
import { Button } from 'antd';
import { useWords } from '../parts/i18n';
import w from './words';

function Crashed({ error, again }: { error: Error; again(): void }) {
  const t = useWords(w), chunk = /dynamically imported module|Importing a module script|error loading/i.test(error.message);
  return (
    <div className="state" role="alert">
      <h1>{t.crashed}</h1><p className="state-why">{chunk ? t.newVersion : t.crashedWhy}</p>
      <Button type="primary" onClick={() => (chunk ? location.reload() : again())}>{t.reload}</Button>
      <details><summary>{t.details}</summary><pre>{error.stack ?? error.message}</pre></details>
    </div>
  );
}

export class Boundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };
  static getDerivedStateFromError(error: Error) { return { error }; }
  override componentDidCatch(error: Error, info: ErrorInfo) { console.warn('a part of the page failed', error, info.componentStack); }
  override render() { return this.state.error ? <Crashed error={this.state.error} again={() => this.setState({ error: null })} /> : this.props.children; }
}
