// Package checks holds tests of the repository itself: which way imports go, how long files and
// functions are, what no file contains, that fault codes are unique and that links resolve. It has
// no code of its own.
package checks
