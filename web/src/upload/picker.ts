/** Opens the system's file dialog; there is one input element, in the top bar. */
let input: HTMLInputElement | null = null;

export function registerPicker(element: HTMLInputElement | null): void {
  input = element;
}

export function openFilePicker(): void {
  input?.click();
}
