// What the Go binding of whisper.cpp lacks: states, cancelling, a decoder that is told where the sound ends, the choice
// of a language without another encoder pass. See native.go.
#ifndef PARLEY_WHISPER_NATIVE_H
#define PARLEY_WHISPER_NATIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <whisper.h>

typedef struct {
    int lang;      // whisper's number of the language
    int beams;     // 1: greedy
    float margin;  // nats by which a beam may be less likely than the best one
    int threads;
    int audio_ctx; // frames of 20 ms the encoder looks at
    int sound;     // frames of sound
    int slack;     // a segment that ends this near to the end of the sound is the last one
    int most;      // tokens allowed
    const char * prompt; // words the speaker is likely to say, NULL = none
    bool keep;     // the state still has this sound at this audio_ctx encoded
} parley_job;

typedef struct {
    int   id;
    float p, plog;
    int   at;    // the likeliest timestamp where the token stands
    float sure;  // probability that a timestamp, whichever, stands there
} parley_token;

void  parley_quiet(void);
int   parley_full(struct whisper_context * ctx, struct whisper_state * state, const parley_job * job, const float * pcm, int n,
                  volatile int32_t * cancel);
void  parley_set_encoder(struct whisper_context * ctx, struct whisper_state * state, uintptr_t handle);
void  parley_set_rank(struct whisper_context * ctx, struct whisper_state * state, uintptr_t handle);
int   parley_tokens(struct whisper_context * ctx, struct whisper_state * state, parley_token * out, int room);
float * parley_start_logits(struct whisper_context * ctx, struct whisper_state * state, int threads);
float parley_prob(const float * logits, int n_vocab, int token);
int   parley_repeats(struct whisper_context * ctx, const whisper_token_data * tokens, int n);

#endif
