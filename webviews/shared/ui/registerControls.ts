import { provideVSCodeDesignSystem, vsCodeButton, vsCodeDropdown, vsCodeOption } from '@vscode/webview-ui-toolkit';

/**
 * Registers the custom elements that our pages use. The one place that knows which library they come from.
 * Its badge is not among them: that sets a style attribute, which the policy of our pages refuses.
 */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeDropdown(), vsCodeOption());
}
