// Command app is a program as Cloud Functions makes it around an upload: it serves the function that
// FUNCTION_TARGET names, on PORT. The tests of staging put it beside an upload, with a file that
// imports the upload's root package; by itself it has no function. It also keeps in go.mod and go.sum
// what the platform's own program imports, so that its build has nothing to look for.
package main

import (
	"fmt"
	"os"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
)

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080" // what the platform expects where it says nothing
	}
	if err := funcframework.StartHostPort(os.Getenv("HOST"), port); err != nil {
		fmt.Fprintln(os.Stderr, "app:", err)
		os.Exit(1)
	}
}
