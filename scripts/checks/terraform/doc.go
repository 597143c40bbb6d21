// Package terraform holds tests of terraform/ for what a plan cannot show: what its files may
// contain, that alerts, runbooks, metrics and collections are those of the code, and what the
// alerts' arithmetic does to incidents and quiet months. It has no code of its own.
package terraform
