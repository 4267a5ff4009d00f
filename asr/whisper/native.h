// What the Go binding of whisper.cpp lacks: states, the encoder at a fitted context, logits. See native.go.
#ifndef PARLEY_WHISPER_NATIVE_H
#define PARLEY_WHISPER_NATIVE_H

#include <stdint.h>
#include <whisper.h>

typedef struct {
    int   id;      // chosen token
    float plog;    // its log probability among what was allowed
    float p;       // its probability among all tokens
    int   stamp;   // likeliest timestamp token
} parley_choice;

// A pick is made among these.
enum {
    PARLEY_ANY   = 0, // text, timestamps, the end
    PARLEY_TEXT  = 1, // text or the end
    PARLEY_STAMP = 2, // a timestamp or the end
    PARLEY_FIRST = 3  // a timestamp only
};

typedef struct {
    int n_vocab, eot, beg;
    const uint8_t * banned; // n_vocab flags
} parley_vocab;

void  parley_quiet(void);
int   parley_encode(struct whisper_context * ctx, struct whisper_state * state, const float * pcm, int n, int audio_ctx, int threads);
int   parley_decode(struct whisper_context * ctx, struct whisper_state * state, const int32_t * tokens, int n, int past, int threads);
float * parley_logits(struct whisper_context * ctx, struct whisper_state * state);
float parley_prob(const float * logits, int n_vocab, int token);
void  parley_pick(const float * logits, const parley_vocab * v, int among, int lo, int hi, parley_choice * out);

#endif
