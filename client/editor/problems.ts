import * as vscode from 'vscode';
import type { SourceLocation } from '../../server/protocol/evidenceSource.ts';
import { type Problem, problemsOf } from './problemsContent.ts';
import type { WorkspaceDiagnosis } from './workspaceDiagnosis.ts';
import type { WorkspaceFolders } from './workspaceFolders.ts';

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
};

/** The editor clamps a range to its line; a log's line is rarely longer. */
const WHOLE_LINE = 1000;

/** Shows findings that have a place in a file as problems of the editor, and takes them away once they are gone. */
export class Problems implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection('Tektra');
  readonly #subscriptions: vscode.Disposable;
  readonly #folders: WorkspaceFolders;
  readonly #diagnosis: WorkspaceDiagnosis;
  /** The reports that are shown now; a change of anything else draws nothing. */
  #shown = '';

  constructor(folders: WorkspaceFolders, diagnosis: WorkspaceDiagnosis) {
    this.#folders = folders;
    this.#diagnosis = diagnosis;
    const draw = (): void => this.#draw();
    this.#subscriptions = vscode.Disposable.from(folders.onDidChange(draw), diagnosis.onDidChange(draw));
  }

  dispose(): void {
    this.#subscriptions.dispose();
    this.#collection.dispose();
  }

  #draw(): void {
    const found = this.#folders.list().flatMap(({ path }) => {
      const { report } = this.#diagnosis.of(path);
      return report ? [{ path, problems: problemsOf(report) }] : [];
    });
    const signature = JSON.stringify(found);
    if (signature === this.#shown) return;
    this.#shown = signature;
    const entries = found.flatMap(({ path, problems }) => {
      const root = vscode.Uri.file(path);
      return problems.map((problem): [vscode.Uri, vscode.Diagnostic[]] => [
        vscode.Uri.joinPath(root, problem.location.path),
        [toDiagnostic(root, problem)],
      ]);
    });
    this.#collection.clear();
    // Several entries for one file are merged by the collection.
    this.#collection.set(entries);
  }
}

function toDiagnostic(root: vscode.Uri, problem: Problem): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(rangeOf(problem.location), problem.message, severities[problem.severity]);
  diagnostic.source = 'Tektra';
  diagnostic.code = problem.code;
  diagnostic.relatedInformation = problem.related.map(
    ({ location, message }) =>
      new vscode.DiagnosticRelatedInformation(
        new vscode.Location(vscode.Uri.joinPath(root, location.path), rangeOf(location)),
        message,
      ),
  );
  return diagnostic;
}

function rangeOf({ line }: SourceLocation): vscode.Range {
  return new vscode.Range(line - 1, 0, line - 1, WHOLE_LINE);
}
