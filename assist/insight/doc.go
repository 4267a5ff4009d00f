// Package insight says what calls are about and what became of them: figures with their definition, sample size and
// interval, topics found in what callers ask, what is new or rising among them, questions that stayed without an answer,
// and why people call again. It works on facts that are drawn from a call once, when it has ended (Draw), so that a long
// period is answered from one table. Everything here is pure but the Keeper, which draws facts in the background. What
// cannot be told of a call is counted as that and is in no mean and no share.
package insight
