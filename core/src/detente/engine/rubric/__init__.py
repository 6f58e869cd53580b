"""The rubric at work: gate, compilation, evaluation, replay, receipts, explanation."""
