import { useEffect, useRef, type ReactNode } from "react";

interface Props {
  readonly label: string;
  readonly close: () => void;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A dialog over the page; Escape and a click beside it close it, and the focus goes back to where it was. */
export function Modal({ label, close, className = "", children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog} className={`modal ${className}`} aria-label={label} onClose={close}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      {children}
    </dialog>
  );
}
