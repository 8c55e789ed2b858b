// What a corpus is searched for. Knows no benchmark and no search.

/** A text that a model is scored on, and how a corpus may not hold it. */
export interface EvaluationText {
  text: string;
  /**
   * `whole`: the text in full is a leak and less of it is not, as with questions whose words also
   * stand in honest examples (generated trials, code). `passages`: parts of it are leaks too.
   */
  leak: "whole" | "passages";
}
