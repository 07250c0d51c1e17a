//go:build tools

// Package tools pins the Pulumi engine for machines that have no `pulumi` of their own; engine.sh builds it.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
