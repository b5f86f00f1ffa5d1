/** Something that brings objects to where they should be, as the controllers of kube-controller-manager do. */
export interface Controller {
  start(): void;
  stop(): void;
}
