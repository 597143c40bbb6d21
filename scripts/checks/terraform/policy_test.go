package terraform

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

var (
	// broad are roles that give more than one thing needs.
	broad = regexp.MustCompile(`^roles/(owner|editor|viewer)$|[aA]dmin$`)
	// local words belong to an environment or an installation and to no module.
	local = regexp.MustCompile(`\b(dev|staging|prod|production)\b|\b(europe|us|asia)-[a-z]+[0-9]|\beur[0-9]\b|\bnam[0-9]\b`)
	// sentence is what a rule's message is: it begins with a capital letter and ends with a full stop.
	sentence = regexp.MustCompile(`^[A-Z].*\.$`)
)

// TestGrantsAreNarrow: grants add a member and take nothing away from others, nothing broad is
// granted, and everybody may call the public door alone.
func TestGrantsAreNarrow(t *testing.T) {
	t.Parallel()
	grants := 0
	for _, fault := range grantFaults(files(t), &grants) {
		t.Error(fault)
	}
	if grants < 12 {
		t.Errorf("only %d grants were found", grants)
	}
}

func grantFaults(list []file, grants *int) (found []string) {
	blocks(list, "resource", func(f file, b *hclsyntax.Block) {
		kind := b.Labels[0]
		at := f.name + ": " + strings.Join(b.Labels, ".")
		if strings.HasSuffix(kind, "_iam_binding") || strings.HasSuffix(kind, "_iam_policy") {
			found = append(found, at+" takes away what others have granted")
		}
		for _, s := range strs(b.Body) {
			everybody := s == "allUsers" || s == "allAuthenticatedUsers"
			if everybody && f.name != "modules/edge/main.tf" {
				found = append(found, at+" lets everybody in")
			}
			if strings.HasPrefix(s, "roles/") && broad.MatchString(s) {
				found = append(found, at+" grants "+s)
			}
		}
		if strings.HasSuffix(kind, "_iam_member") {
			*grants++
			if b.Body.Attributes["role"] == nil || b.Body.Attributes["member"] == nil {
				found = append(found, at+" has no role or no member")
			}
		}
	})
	return found
}

// TestVariablesAreTyped: a variable has a type, says what it is, and states its rule; a yes or no
// needs none.
func TestVariablesAreTyped(t *testing.T) {
	t.Parallel()
	variables := 0
	for _, fault := range variableFaults(files(t), &variables) {
		t.Error(fault)
	}
	if variables < 80 {
		t.Errorf("only %d variables were found", variables)
	}
}

func variableFaults(list []file, variables *int) (found []string) {
	blocks(list, "variable", func(f file, b *hclsyntax.Block) {
		*variables++
		at := f.name + ": " + b.Labels[0]
		kind := ""
		if a, ok := b.Body.Attributes["type"]; ok {
			if v, ok := a.Expr.(*hclsyntax.ScopeTraversalExpr); ok {
				kind = v.Traversal.RootName()
			} else {
				kind = "of several parts"
			}
		}
		if kind == "" || kind == "any" {
			found = append(found, at+" has no type")
		}
		if !sentence.MatchString(words(b.Body, "description")) {
			found = append(found, at+" is not described in a sentence")
		}
		rules := 0
		for _, v := range b.Body.Blocks {
			if v.Type == "validation" {
				rules++
				if !sentence.MatchString(words(v.Body, "error_message")) {
					found = append(found, at+" has a rule that is not stated in a sentence")
				}
			}
		}
		if rules == 0 && kind != "bool" {
			found = append(found, at+" has no rule")
		}
	})
	blocks(list, "output", func(f file, b *hclsyntax.Block) {
		if !sentence.MatchString(words(b.Body, "description")) {
			found = append(found, f.name+": output "+b.Labels[0]+" is not described in a sentence")
		}
	})
	return found
}

// TestEnvironmentsHoldValuesAlone, and modules none of theirs.
func TestEnvironmentsHoldValuesAlone(t *testing.T) {
	t.Parallel()
	for _, fault := range placeFaults(files(t)) {
		t.Error(fault)
	}
}

func placeFaults(list []file) (found []string) {
	may := []string{"terraform", "provider", "variable", "output", "locals", "module"}
	for _, f := range list {
		for _, b := range f.body.Blocks {
			if strings.HasPrefix(f.name, "environments/") && !slices.Contains(may, b.Type) {
				found = append(found, f.name+": a "+b.Type+" belongs into a module")
			}
			// What describes a value may name one; what is one may not.
			if strings.HasPrefix(f.name, "modules/") && b.Type != "variable" && b.Type != "output" {
				for _, s := range strs(b.Body) {
					if w := local.FindString(s); w != "" {
						found = append(found, f.name+": "+w+" is a value of an environment")
					}
				}
			}
			if strings.HasPrefix(f.name, "modules/") && b.Type == "variable" && local.MatchString(words(b.Body, "default")) {
				found = append(found, f.name+": "+b.Labels[0]+" has a value of an environment by default")
			}
			if strings.HasPrefix(f.name, "modules/") && b.Type == "provider" {
				found = append(found, f.name+": a provider is configured in a module")
			}
		}
	}
	return found
}

// TestEnvironmentsAskForTheSame: Terraform has each root declare its variables, so they stand in each
// environment; what one is asked for and tells, all are.
func TestEnvironmentsAskForTheSame(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"variables.tf", "outputs.tf"} {
		texts := map[string][]string{}
		all, err := filepath.Glob(filepath.Join(root, "terraform/environments/*", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range all {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			texts[string(text)] = append(texts[string(text)], filepath.Base(filepath.Dir(path)))
		}
		if len(texts) != 1 || len(all) != 3 {
			t.Errorf("%s is not the same in all of %d environments: %v", name, len(all), slices.Collect(maps.Values(texts)))
		}
	}
}

// labelled are the types of resources that take labels, by the name that they have for it. One that
// is not listed here and takes none is in bare.
var labelled = map[string]string{
	"google_artifact_registry_repository": "labels", "google_cloudfunctions2_function": "labels",
	"google_compute_global_address": "labels", "google_compute_global_forwarding_rule": "labels",
	"google_monitoring_alert_policy": "user_labels", "google_monitoring_notification_channel": "user_labels",
	"google_monitoring_uptime_check_config": "user_labels", "google_pubsub_subscription": "labels", "google_pubsub_topic": "labels",
	"google_spanner_instance": "labels", "google_spanner_instance_config": "labels", "google_storage_bucket": "labels",
}

// bare are the types that take no labels.
var bare = []string{
	"google_billing_budget", "google_cloud_scheduler_job", "google_compute_backend_service", "google_compute_managed_ssl_certificate",
	"google_compute_region_network_endpoint_group", "google_compute_security_policy", "google_compute_ssl_policy",
	"google_compute_target_http_proxy", "google_compute_target_https_proxy", "google_compute_url_map", "google_firestore_database",
	"google_firestore_field", "google_monitoring_dashboard", "google_project_iam_audit_config", "google_project_iam_custom_role",
	"google_project_service",
	"google_service_account", "google_spanner_backup_schedule", "google_spanner_database",
}

// TestLabelsStandEverywhere: costs are told apart by them.
func TestLabelsStandEverywhere(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	blocks(files(t), "resource", func(f file, b *hclsyntax.Block) {
		kind := b.Labels[0]
		seen[kind] = true
		attribute, takes := labelled[kind]
		switch {
		case strings.HasSuffix(kind, "_iam_member"):
		case takes && b.Body.Attributes[attribute] == nil:
			t.Errorf("%s: %s.%s has no %s", f.name, kind, b.Labels[1], attribute)
		case !takes && !slices.Contains(bare, kind):
			t.Errorf("%s: %s is a type of which is not said whether it takes labels", f.name, kind)
		}
	})
	for kind := range labelled {
		if !seen[kind] {
			t.Errorf("%s is nowhere", kind)
		}
	}
}

// TestPolicyFaultsAreFound: the searches themselves can fail.
func TestPolicyFaultsAreFound(t *testing.T) {
	t.Parallel()
	n := 0
	for text, want := range map[string]int{
		"resource \"google_project_iam_binding\" \"a\" {\n role = \"roles/x.y\"\n}":                                   1,
		"resource \"google_project_iam_member\" \"a\" {\n role = \"roles/editor\"\n member = \"allUsers\"\n}":         2,
		"resource \"google_project_iam_member\" \"a\" {\n role = \"roles/spanner.databaseAdmin\"\n member = var.m\n}": 1,
		"resource \"google_project_iam_member\" \"a\" {\n role = \"roles/pubsub.publisher\"\n member = var.m\n}":      0,
		"variable \"a\" {\n type = any\n description = \"\"\n}":                                                       3,
		"variable \"a\" {\n type = bool\n description = \"Whether.\"\n}":                                              0,
		"variable \"a\" {\n type = string\n description = \"It.\"\n validation {\n error_message = \"no\"\n }\n}":     1,
		"variable \"a\" {\n type = string\n default = \"europe-west1\"\n description = \"It.\"\n}":                    2,
		"resource \"google_storage_bucket\" \"a\" {\n name = \"prod-uploads\"\n}":                                     1,
		"output \"a\" {\n value = 1\n}": 1,
	} {
		list := []file{parse(t, "modules/x/main.tf", text)}
		got := append(append(grantFaults(list, &n), variableFaults(list, &n)...), placeFaults(list)...)
		if len(got) != want {
			t.Errorf("%d faults, want %d: %v in %s", len(got), want, got, text)
		}
	}
	if got := placeFaults([]file{parse(t, "environments/dev/main.tf", "resource \"a\" \"b\" {\n}")}); len(got) != 1 {
		t.Errorf("a resource in an environment: %v", got)
	}
}
