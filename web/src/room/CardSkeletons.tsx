/** Holds the place of a list of rooms while it loads. */
export function CardSkeletons() {
  return (
    <div className="room-grid" aria-hidden="true">
      {[0, 1, 2].map((index) => (
        <div key={index} className="room-card skeleton" />
      ))}
    </div>
  );
}
