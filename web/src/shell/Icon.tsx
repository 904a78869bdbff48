/** The product's own line icons, 24 x 24, drawn for this project. */
const PATHS = {
  play: <path d="M8 5.6v12.8c0 .7.8 1.2 1.4.8l10-6.4a1 1 0 0 0 0-1.6l-10-6.4A.9.9 0 0 0 8 5.6Z" fill="currentColor" />,
  pause: (
    <g fill="currentColor" stroke="none">
      <rect x="6.5" y="5" width="4" height="14" rx="1.4" />
      <rect x="13.5" y="5" width="4" height="14" rx="1.4" />
    </g>
  ),
  next: (
    <g fill="currentColor">
      <path d="M5 6.2v11.6c0 .6.7 1 1.2.7l8.6-5.8a.8.8 0 0 0 0-1.4L6.2 5.5A.8.8 0 0 0 5 6.2Z" />
      <path d="M18.5 5.5v13" fill="none" />
    </g>
  ),
  previous: (
    <g fill="currentColor">
      <path d="M19 6.2v11.6c0 .6-.7 1-1.2.7l-8.6-5.8a.8.8 0 0 1 0-1.4l8.6-5.8c.5-.3 1.2.1 1.2.7Z" />
      <path d="M5.5 5.5v13" fill="none" />
    </g>
  ),
  volume: <path d="M4 9.5v5h3.2l4.8 4v-13l-4.8 4H4Zm11.5-1a5 5 0 0 1 0 7m2.6-9.6a9 9 0 0 1 0 12.2" />,
  muted: <path d="M4 9.5v5h3.2l4.8 4v-13l-4.8 4H4Zm12 .3 4.5 4.5m0-4.5L16 14.3" />,
  search: <path d="M10.8 17.1a6.3 6.3 0 1 0 0-12.6 6.3 6.3 0 0 0 0 12.6Zm4.6-1.7 4.3 4.3" />,
  plus: <path d="M12 5v14M5 12h14" />,
  close: <path d="m6 6 12 12M18 6 6 18" />,
  grip: (
    <g fill="currentColor" stroke="none">
      <circle cx="9" cy="6" r="1.6" />
      <circle cx="15" cy="6" r="1.6" />
      <circle cx="9" cy="12" r="1.6" />
      <circle cx="15" cy="12" r="1.6" />
      <circle cx="9" cy="18" r="1.6" />
      <circle cx="15" cy="18" r="1.6" />
    </g>
  ),
  up: <path d="M12 19V5.5M6 11l6-6 6 6" />,
  down: <path d="M12 5v13.5M18 13l-6 6-6-6" />,
  top: <path d="M12 20V9.5M6 15l6-6 6 6M5 4.5h14" />,
  trash: <path d="M4.5 7h15M9.5 7V4.5h5V7m-8 0 .8 12a1 1 0 0 0 1 1h7.4a1 1 0 0 0 1-1l.8-12M10.3 11v5m3.4-5v5" />,
  link: <path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.700l1-1" />,
  people: <path d="M9 11.500a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.8 19.500a6.2 6.2 0 0 1 12.4 0M16 4.900a3.5 3.5 0 0 1 0 6.200m1.7 3.200a6.2 6.2 0 0 1 3.5 5.2" />,
  chat: <path d="M4 6.500a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-6.500L7 20v-3.500H6a2 2 0 0 1-2-2v-8Z" />,
  queue: <path d="M4 6h16M4 11h10M4 16h7m6.5 3.500a2 2 0 1 1-4 0 2 2 0 0 1 4 0Zm0 0v-8.300l3-1" />,
  upload: <path d="M12 15.500V4.500m-4.5 4L12 4l4.5 4.500M4.5 15v3a1.5 1.5 0 0 0 1.5 1.500h12a1.5 1.5 0 0 0 1.5-1.500v-3" />,
  check: <path d="m5 12.5 4.7 4.700L19.5 7.5" />,
  undo: <path d="M8.500 5 4 9.500l4.500 4.500M4.500 9.500h9a5.500 5.500 0 0 1 0 11H9" />,
  more: <path d="M5.500 12h.1m6.400 0h.1m6.400 0h.1" />,
  retry: <path d="M19.5 12a7.5 7.5 0 1 1-2.3-5.400M19.5 3.500v4h-4" />,
  settings: (
    <path d="M4 7h9m5 0h2M4 17h2m5 0h9M15.5 9.300a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.600ZM8.5 19.300a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.600Z" />
  ),
  signOut: <path d="M14 4.500H7A1.5 1.5 0 0 0 5.5 6v12A1.5 1.5 0 0 0 7 19.500h7M10.5 12h9.500m-3.5-3.500L20 12l-3.5 3.5" />,
  back: <path d="M19 12H5.500M11 6l-6 6 6 6" />,
  note: <path d="M9.5 17.500V6l9-2v11.500M9.5 17.500a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Zm9-2a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Z" />,
  warning: <path d="M12 9v4.500m0 3v.100M10.7 4.8 3.3 17.500A1.5 1.5 0 0 0 4.6 19.700h14.800a1.5 1.5 0 0 0 1.3-2.200L13.3 4.800a1.5 1.5 0 0 0-2.6 0Z" />,
  info: <path d="M12 11v5.500m0-9v.100M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z" />,
  lock: <path d="M7.5 10.500V8a4.5 4.5 0 0 1 9 0v2.500M6.5 10.500h11a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1Z" />,
  home: <path d="m4 11 8-6.5 8 6.500v8a1 1 0 0 1-1 1h-4.500v-6h-5v6H5a1 1 0 0 1-1-1v-8Z" />,
  library: <path d="M5 4.500v15M9.5 4.500v15M14 5.200l5 13.6" />,
  rooms: <path d="M9 15.800a5 5 0 1 1 3-4.6 5 5 0 0 1-.4 2M15 8.200a5 5 0 1 1-3 4.6 5 5 0 0 1 .4-2" />,
  send: <path d="M5 12 4 4.800c0-.6.5-1 1-.7l15 7.200c.500.3.500 1.1 0 1.400l-15 7.200c-.5.3-1.1-.100-1-.700L5 12Zm0 0h7" />,
  mic: <path d="M12 14.500a3 3 0 0 0 3-3v-5a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3ZM6 11.500a6 6 0 0 0 12 0M12 17.500v3" />,
  wave: <path d="M4 10v4m4-7v10m4-13v16m4-12v8m4-5v2" />,
  chevron: <path d="m7 10 5 5 5-5" />,
  offline: <path d="M4 4l16 16M8.5 13.500a5 5 0 0 1 4-1.400m3.6 1.900M5 10a10 10 0 0 1 3.2-2.100m3-.800A10 10 0 0 1 19 10M12 18.200v.100" />,
  file: <path d="M13.5 4H7a1.5 1.5 0 0 0-1.5 1.500v13A1.5 1.5 0 0 0 7 20h10a1.5 1.5 0 0 0 1.5-1.500V9m-5-5 5 5m-5-5v5h5" />,
  bell: <path d="M6.500 16v-5a5.5 5.5 0 0 1 11 0v5l1.500 2.200h-14L6.500 16ZM10.300 20.700h3.400M12 5.300V3.500" />,
  shield: <path d="M12 3.800 5 6.500v5.300c0 4.300 2.900 7.300 7 8.400 4.100-1.100 7-4.100 7-8.400V6.500l-7-2.700Z" />,
  eye: <path d="M2.800 12c2-3.900 5.300-6 9.200-6s7.200 2.100 9.200 6c-2 3.900-5.300 6-9.200 6s-7.200-2.100-9.200-6Zm9.200 2.700a2.700 2.700 0 1 0 0-5.400 2.700 2.700 0 0 0 0 5.400Z" />,
  copy: <path d="M8.500 8.500V5A1.500 1.500 0 0 1 10 3.500h9A1.500 1.500 0 0 1 20.500 5v9a1.500 1.500 0 0 1-1.500 1.500h-3.500M5 8.500h9a1.500 1.500 0 0 1 1.500 1.500v9a1.500 1.500 0 0 1-1.500 1.500H5A1.500 1.500 0 0 1 3.500 19v-9A1.500 1.500 0 0 1 5 8.500Z" />,
  crown: <path d="m4.5 8 3.7 3.300L12 5.500l3.8 5.800L19.5 8 18 17.500H6L4.5 8Z" />,
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, className }: { name: IconName; className?: string }) {
  return (
    <svg
      className={className ? `icon ${className}` : "icon"}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {PATHS[name]}
    </svg>
  );
}
