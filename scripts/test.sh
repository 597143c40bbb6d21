#!/usr/bin/env bash
# Every check there is, for a person and for CI alike:
#
#   ./scripts/test.sh               all of them
#   ./scripts/test.sh format test   only these (format, vet, terraform, test, race, lint; vet is a part of lint)
#
# The emulators of Pub/Sub and Firestore run for the length of it, and nothing is left behind, also after Ctrl-C
# or SIGTERM. All checks run even when one fails; the exit status is 0 only if none did.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

golangci=github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# The Java emulators start in half the time when they compile less; tests are over before the rest
# would pay.
export JAVA_TOOL_OPTIONS="${JAVA_TOOL_OPTIONS:--XX:TieredStopAtLevel=1}"

# The emulators' keeper replaces this shell, so that a signal reaches it and not a shell that
# waits: it runs this script again, with the emulators' addresses in the environment. Each package
# starts a Spanner emulator of its own, in half a second: one for all would answer strong reads the
# slower the more calls it has ever had, 0.2 s later at the end (decision 42).
if [[ -z ${INNKEEP_CHECKS:-} ]]; then
  go build -o bin/emulators ./scripts/emulators || exit 1
  INNKEEP_CHECKS=1 exec bin/emulators --use pubsub,firestore -- bash scripts/test.sh "$@" </dev/null
fi

run_format() {
  local files
  files=$(gofmt -l .) || return 1
  [[ -z $files ]] || { printf 'not formatted (gofmt -w):\n%s\n' "$files"; return 1; }
}
run_vet() { go vet ./...; }
# terraform/: its form, and with tfcheck, which knows the provider's schema without a registry, its tests
# and an apply of every environment that makes nothing. After an ordinary `terraform init`,
# `terraform test` runs the same tests.
run_terraform() {
  command -v terraform >/dev/null || { echo 'skipped: terraform is not installed'; return 0; }
  terraform fmt -check -recursive -diff terraform || { echo 'not formatted (terraform fmt -recursive terraform)'; return 1; }
  local check=../shared/tools/tfcheck/tfcheck dir lanes=() failed=0 logs
  [[ -x $check ]] || { echo 'tests and plans are skipped: there is no tfcheck, and a registry may be out of reach'; return 0; }
  logs=$(mktemp -d) || return 1
  awk '/^topics:/ { exit } /^  - name: / { print $3 }' functions/catalogue.yaml | while read -r name; do
    printf '%s %s\n' "$name" "$(printf %s "$name" | sha256sum | cut -c1-64)"
  done | awk 'BEGIN { printf "{\"staged\":{" }
    { printf "%s\"%s\":{\"object\":\"%s-%s.zip\",\"sha256\":\"%s\"}", (NR > 1 ? "," : ""), $1, $1, $2, $2 }
    END { print "}}" }' >"$logs/staged.json"
  "$check" terraform/environments/dev validate -no-color >"$logs/first" || { cat "$logs/first"; return 1; } # builds the provider, once
  for dir in terraform/environments/*/ terraform/modules/*/tests; do
    dir=${dir%/} dir=${dir%/tests}
    {
      "$check" "$dir" test -no-color && { [[ $dir == */modules/* ]] ||
        "$check" "$dir" apply -no-color -var-file=../example.tfvars -var-file="$logs/staged.json"; }
    } >"$logs/${dir##*/}" 2>&1 &
    lanes+=("$!:$dir")
  done
  for dir in "${lanes[@]}"; do
    wait "${dir%%:*}" && { grep -h '^Success!\|^Apply complete' "$logs/${dir##*/}" | sed "s|^|${dir#*:}: |"; continue; }
    failed=1
    echo "${dir#*:}:"
    cat "$logs/${dir##*/}"
  done
  rm -rf "$logs"
  return "$failed"
}
# The linter vets.
# Without tables for debuggers: a test binary links in two thirds of the time.
run_test() { go test -vet=off -ldflags=-s -shuffle=on -timeout 20m ./...; }
# With the race detector: where goroutines of ours share memory. All else runs under it on demand, `GOFLAGS=-race
# ./scripts/test.sh test`: tests of whole functions take three times as long then (decision 43).
run_race() {
  go test -race -vet=off -ldflags=-s -shuffle=on ./shared/platform/{cache,gateway,httpfn,lazy,pushfn} \
    ./shared/platform/resilience/{breaker,bulkhead,deadline,limiter,retry}
}
# nice: its own compilation takes minutes of both cores the first time.
run_lint() { GOBIN=$PWD/bin nice go install "$golangci" && nice bin/golangci-lint run ./...; }

# The check that runs gets the signal as well; without these lines the next one would begin.
trap 'exit 130' INT
trap 'exit 143' TERM

(($#)) || set -- format terraform test race lint
failed=()
for step in "$@"; do
  case $step in format | vet | terraform | test | race | lint) ;; *) echo "no such check: $step" >&2; exit 2 ;; esac
  echo "== $step"
  start=$SECONDS
  "run_$step" || failed+=("$step")
  echo "== $step: $((SECONDS - start)) s"
done
if ((${#failed[@]})); then
  echo "FAILED: ${failed[*]}" >&2
  exit 1
fi
echo "all checks passed"
