/** Two rings that link: `veza` means a bond. The second ring passes under and over the first. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg className="mark" width={size} height={size} viewBox="0 0 40 40" fill="none" strokeWidth="4.2" strokeLinecap="round" aria-hidden="true" focusable="false">
      <circle cx="14.5" cy="20" r="9.5" className="mark-one" />
      <path d="M18.9 12.200a9.5 9.5 0 1 1-.300 15.3" className="mark-two" />
    </svg>
  );
}
