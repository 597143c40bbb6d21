package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"innkeep.internal/shared/core/tenant"
)

// exponents are those of Zipf's law.
var exponents = []float64{0.8, 0.9, 0.99, 1.0, 1.1, 1.2}

const (
	// splits is into how many ranges the keys are cut for the last column: 16 for each shard.
	splits = 16 * tenant.Shards
	// hotel is the largest part of all load that one property of a chain has: 1 in 20,000. At 5,000
	// events a second in all it is 21,600 events a day: a thousand rooms with twenty each.
	hotel = 1.0 / 20_000
)

// result is what one group of organisations came to. Loads are parts of one.
type result struct {
	Shape            string    `json:"shape"`
	Exponent         float64   `json:"zipf"`
	Keys             int       `json:"keys"`
	CountMaxOverMean float64   `json:"countMaxOverMean"`
	LoadMaxOverMean  float64   `json:"loadMaxOverMean"`
	LargestKey       float64   `json:"largestKey"`
	Floor            float64   `json:"floorMaxOverMean"`
	SplitMaxOverMean float64   `json:"splitMaxOverMean"`
	Counts           []int     `json:"counts"`
	Loads            []float64 `json:"loads"`
}

// simulate spreads organisations over the real shards, for each shape and exponent.
func simulate(organisations int, seed uint64) (all []result) {
	for _, shape := range []string{"one an organisation", "chains have many"} {
		for _, s := range exponents {
			all = append(all, spread(shape, organisations, s, seed))
		}
	}
	return all
}

// spread is one of them. An organisation's load is that of its rank, and its properties have equal parts
// of it. A property's key is its organisation's number and a random id, as in the product.
func spread(shape string, organisations int, exponent float64, seed uint64) result {
	r := result{Shape: shape, Exponent: exponent, Counts: make([]int, tenant.Shards), Loads: make([]float64, tenant.Shards)}
	random := rand.New(rand.NewPCG(seed, 0))
	total := 0.0
	for rank := 1; rank <= organisations; rank++ {
		total += math.Pow(float64(rank), -exponent)
	}
	ranges := make([][]float64, tenant.Shards) // loads of the keys of a shard, in the order of the ranks
	for rank := 1; rank <= organisations; rank++ {
		load := math.Pow(float64(rank), -exponent) / total
		properties := 1
		if shape != "one an organisation" {
			properties = max(1, int(math.Ceil(load/hotel)))
		}
		org := tenant.OrgID(fmt.Sprintf("org-%07d", rank))
		for range properties {
			shard := tenant.ShardOf(org, propertyID(random))
			r.Keys++
			r.Counts[shard]++
			r.Loads[shard] += load / float64(properties)
			r.LargestKey = max(r.LargestKey, load/float64(properties))
			ranges[shard] = append(ranges[shard], load/float64(properties))
		}
	}
	r.CountMaxOverMean = float64(slices.Max(r.Counts)) * tenant.Shards / float64(r.Keys)
	r.LoadMaxOverMean = slices.Max(r.Loads) * tenant.Shards
	// Wherever the largest key lies, it has its mean part of all others beside it.
	r.Floor = tenant.Shards*r.LargestKey + 1 - r.LargestKey
	r.SplitMaxOverMean = splitByLoad(ranges) * splits
	return r
}

// propertyID is a random UUID.
func propertyID(r *rand.Rand) tenant.PropertyID {
	a, b := r.Uint64(), r.Uint64()
	return tenant.PropertyID(fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff))
}

// splitByLoad cuts each shard into ranges of about a part in splits of all load, between properties,
// and gives the load of the fullest range.
func splitByLoad(ranges [][]float64) (fullest float64) {
	const part = 1.0 / splits
	for _, keys := range ranges {
		load := 0.0
		for _, k := range keys {
			if load > 0 && load+k > part {
				load = 0
			}
			load += k
			fullest = max(fullest, load)
		}
	}
	return fullest
}
