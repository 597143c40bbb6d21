package webhook

import (
	"context"
	"errors"

	"innkeep.internal/shared/platform/config"
)

// Config is what the environment says of sending.
type Config struct {
	// Local lets messages go to this machine, by http too: for the local server.
	Local bool `env:"INNKEEP_LOCAL_WEBHOOKS"`
	// Service is set wherever Cloud Functions runs a function.
	Service string `env:"K_SERVICE"`
}

// Validate refuses in the cloud what is for one's own machine.
func (c Config) Validate() error {
	if c.Local && c.Service != "" {
		return errors.New("INNKEEP_LOCAL_WEBHOOKS: not for a deployed function")
	}
	return nil
}

// FromEnvironment is the options of a function's client.
func FromEnvironment(ctx context.Context) (Options, error) {
	c, err := config.Load[Config](ctx)
	return Options{Local: c.Local}, err
}
