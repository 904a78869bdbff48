/** Opens the system's file dialog; the input element is the drop zone's, so that there is only one. */
let input: HTMLInputElement | null = null;

export function registerPicker(element: HTMLInputElement | null): void {
  input = element;
}

export function openFilePicker(): void {
  input?.click();
}
